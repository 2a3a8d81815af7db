// Files whose diagram has no positions are laid out before they are drawn; what a diagram does not show is said.

const BPMNDI = 'http://www.omg.org/spec/BPMN/20100524/DI';
const BPMN = 'http://www.omg.org/spec/BPMN/20100524/MODEL';
const LARGEST = 1000; // elements of a file that is laid out; more would hold the browser up
const FLOWING = /^(.*Task|task|.*Event|.*Gateway|subProcess|transaction|adHocSubProcess|callActivity)$/;

const LAID_OUT = 'この図には位置の情報がないため、自動で並べました。';
const REMEDY = '図を作った道具で配置してから保存し、そのファイルを入れ直してください。';

// A failure whose message is for the reader of the page.
export class Undrawable extends Error {}

function flowing(file) {
  return [...file.getElementsByTagNameNS(BPMN, '*')].filter(({ localName }) => FLOWING.test(localName));
}

class NotFetched extends Error {}

// The text of the file.
export async function fetched(address) {
  const response = await fetch(address, { credentials: 'same-origin' }).catch(problem => {
    throw new NotFetched(problem.message);
  });
  if (!response.ok) throw new NotFetched(`HTTP ${response.status}`);
  return response.text();
}

// One sentence for the reader of the page: why there is no diagram, and what helps.
export function reason(problem) {
  if (problem instanceof Undrawable) return problem.message;
  if (problem instanceof NotFetched) return '図を読み込めませんでした。通信を確かめて、ページを読み込み直してください。';
  return '図を表示できません。図のファイルを、作った道具で保存し直して入れ直してください。';
}

// {xml, isLaidOut}: the text to draw. Undrawable when it has no positions and cannot be laid out.
export async function drawable(xml) {
  const file = new DOMParser().parseFromString(xml, 'application/xml');
  if (file.querySelector('parsererror')) throw new Undrawable('図のファイルがXMLとして読めません。ファイルを直してください。');
  if (file.getElementsByTagNameNS(BPMNDI, 'BPMNShape').length) return { xml, isLaidOut: false };
  const count = flowing(file).length;
  if (!count) throw new Undrawable('この図には要素がありません。要素を加えてください。');
  if (count > LARGEST) {
    throw new Undrawable(`この図には位置の情報がありません。要素が${LARGEST}個を超えるため（${count}個）、自動では並べません。${REMEDY}`);
  }
  const laidOut = await layout();
  try {
    return { xml: await laidOut(xml), isLaidOut: true };
  } catch (problem) {
    console.error('layout', problem);
    throw new Undrawable(`この図には位置の情報がなく、自動で並べることもできませんでした。${REMEDY}`);
  }
}

// The layout is a bundle of its own beside the one that asks for it.
async function layout() {
  if (!globalThis.tetsuzukiLaidOut) {
    const own = document.querySelector('script[src*="/dist/diagram.js"], script[src*="/dist/compare.js"], script[src*="/dist/studio-bpmn.js"]');
    const script = document.createElement('script');
    script.src = new URL(LAYOUT_FILE, own.src);
    await new Promise((done, failed) => {
      script.onload = done;
      script.onerror = () => failed(new NotFetched(script.src));
      document.head.append(script);
    });
  }
  return globalThis.tetsuzukiLaidOut;
}

// Sentences to stand at the drawn diagram: that it was laid out, and how many elements it does not show.
export function remarks(xml, viewer, isLaidOut) {
  const file = new DOMParser().parseFromString(xml, 'application/xml');
  const registry = viewer.get('elementRegistry');
  const hidden = flowing(file).filter(one => !registry.get(one.getAttribute('id'))).length;
  return [
    ...(isLaidOut ? [LAID_OUT] : []),
    ...(hidden ? [`この図に出ていない要素が${hidden}個あります（位置の情報がないか、別の図にあります）。`] : []),
  ];
}

// The sentences as a paragraph, or nothing.
export function remarkNode(sentences) {
  if (!sentences.length) return [];
  const note = document.createElement('p');
  note.className = 'diagram-remark';
  note.setAttribute('role', 'status');
  note.textContent = sentences.join('');
  return [note];
}
