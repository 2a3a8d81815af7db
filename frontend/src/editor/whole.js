// What a library left out of an XML document it read and wrote again.

// Names like rule「r1」 of the parts of `before` that `after` lacks, at most five of them.
export function lostIn(before, after) {
  const has = parts(after);
  const lost = [];
  for (const [name, { count, ids }] of parts(before)) {
    const left = has.get(name) ?? { count: 0, ids: new Set() };
    const gone = [...ids].filter(id => !left.ids.has(id));
    if (gone.length) lost.push(...gone.map(id => `${name}「${id}」`));
    else if (left.count < count) lost.push(name);
  }
  return lost.length > 5 ? [...lost.slice(0, 5), 'ほか'] : lost;
}

// name -> how many, and their ids; of the parts of the model that say something (an empty one may go).
function parts(text) {
  const found = new Map();
  const root = new DOMParser().parseFromString(text, 'application/xml').documentElement;
  for (const part of [root, ...root.querySelectorAll('*')]) {
    if (part.namespaceURI !== root.namespaceURI) continue;
    if (!part.attributes.length && !part.children.length && !part.textContent.trim()) continue;
    if (!found.has(part.localName)) found.set(part.localName, { count: 0, ids: new Set() });
    const one = found.get(part.localName);
    one.count += 1;
    if (part.id) one.ids.add(part.id);
  }
  return found;
}
