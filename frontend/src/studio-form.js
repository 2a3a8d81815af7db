// The form editor: form-js with our field types and property groups; the preview comes from the server.

import { FormEditor } from '@bpmn-io/form-js-editor';

import '@bpmn-io/form-js-viewer/dist/assets/form-js.css';
import '@bpmn-io/form-js-editor/dist/assets/form-js-editor-base.css';
import '@bpmn-io/form-js-editor/dist/assets/form-js-editor.css';
import '@bpmn-io/form-js-editor/dist/assets/dragula.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import './studio-editors.css';

import { setUpSaving } from './editor/saving.js';
import { setUpTabs } from './editor/tabs.js';
import { setUpWide } from './editor/wide.js';
import { fieldName, japaneseFields } from './form/fields.js';
import { attachPanel, ownPanel } from './form/panel.jsx';

const host = document.querySelector('[data-form-editor]');
const preview = document.querySelector('[data-form-preview]');
const canvasHost = host.querySelector('[data-canvas]');
const original = host.querySelector('[data-text]').value;

const editor = new FormEditor({
  container: canvasHost,
  additionalModules: [japaneseFields, ownPanel],
  propertiesPanel: { parent: host.querySelector('[data-panel]') },
});

const text = async () => JSON.stringify(withOwnKeys(withLabels(editor.saveSchema(), 'dateLabel', 'label')), null, 2) + '\n';

// form-js calls the label of a date dateLabel and drops the label all other fields have; the file keeps both, the same.
function withLabels(component, from, to) {
  const own = component.type === 'datetime' && component[from] ? { [to]: component[from] } : {};
  const inner = component.components ? { components: component.components.map(one => withLabels(one, from, to)) } : {};
  return { ...component, ...own, ...inner };
}

// form-js does not know our form-level keys; the editor must not lose them.
let ownKeys = {};
function withOwnKeys(schema) {
  const { components, ...rest } = schema;
  return { ...ownKeys, ...rest, components };
}

// What was typed into the preview goes along, so that conditions and rows answer as they will.
async function showPreview({ pressed = null, keep = true } = {}) {
  const body = keep ? new FormData(preview) : new FormData();
  for (const [name, value] of [...body]) if (value instanceof File) body.delete(name); // a preview stores no files
  if (pressed) body.set(pressed.name, pressed.value);
  body.set('csrf_token', document.querySelector('form[data-save]').elements.csrf_token.value);
  body.set('_text', await text());
  const focused = preview.contains(document.activeElement) ? document.activeElement.id : '';
  preview.setAttribute('aria-busy', 'true');
  try {
    const response = await fetch(host.dataset.previewUrl, { method: 'POST', body, credentials: 'same-origin' });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    preview.innerHTML = await response.text();
    if (focused) document.getElementById(focused)?.focus();
    if (pressed?.name === '_check') (preview.querySelector('.error-summary') ?? preview).scrollIntoView({ block: 'start' });
  } catch (problem) {
    console.error(problem);
    preview.textContent = '表示できませんでした。通信を確かめて、もう一度開いてください。';
  } finally {
    preview.removeAttribute('aria-busy');
  }
}

function setUpPreview() {
  preview.addEventListener('submit', event => event.preventDefault());
  preview.addEventListener('change', () => showPreview());
  preview.addEventListener('click', event => {
    const pressed = event.target.closest('button[name]');
    if (pressed) showPreview({ pressed });
  });
  const check = document.querySelector('[data-preview-check]');
  check.addEventListener('click', () => showPreview({ pressed: { name: '_check', value: '1' } }));
  document.querySelector('[data-preview-clear]').addEventListener('click', () => showPreview({ keep: false }));
}

async function start() {
  let schema;
  try {
    schema = JSON.parse(original);
    ownKeys = Object.fromEntries(Object.entries(schema).filter(([key]) => key !== 'components'));
    await editor.importSchema(withLabels(schema, 'label', 'dateLabel'));
  } catch (problem) {
    const note = document.createElement('p');
    note.className = 'editor-failure';
    note.textContent = `このフォームは読めません。「文字で編集」で直してください。（${problem.message}）`;
    canvasHost.replaceChildren(note);
    return;
  }
  attachPanel(editor, host.querySelector('[data-panel]'));
  const mark = () => {};
  mark.open = ({ element }) => {
    const field = editor.get('formFieldRegistry').getAll().find(one => one.key === element || one.id === element);
    if (field) editor.get('selection').set(field);
  };
  const saving = setUpSaving({ read: text, onProblems: mark });
  editor.on('commandStack.changed', () => saving.changed());
  setUpTabs(document.querySelector('[data-form-tabs]'), id => { if (id === 'tab-preview') showPreview(); });
  setUpPreview();
  setUpWide();
  host.dataset.ready = 'yes';
  window.tetsuzukiFormEditor = { editor, fieldName, text }; // for the browser tests
}

start();
