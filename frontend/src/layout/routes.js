// Ways of edges between two shapes that were moved apart.

const middle = ({ x, width }) => x + width / 2;
const centre = ({ y, height }) => y + height / 2;

// From below to above: message flows and associations.
export function joined(source, target) {
  const down = source.y + source.height <= target.y;
  const from = { x: middle(source), y: down ? source.y + source.height : source.y };
  const to = { x: middle(target), y: down ? target.y : target.y + target.height };
  if (from.x === to.x) return [from, to];
  // Close to the target: there is the room between the pools.
  const y = down ? Math.max(from.y, to.y - 25) : Math.min(from.y, to.y + 25);
  return [from, { x: from.x, y }, { x: to.x, y }, to];
}

// A sequence flow: forward in the room between two columns, where it crosses fewest of the shapes; backward underneath.
export function flowing(source, target, shapes, isAttached) {
  const right = source.x + source.width;
  const start = { x: right, y: centre(source) };
  const end = { x: target.x, y: centre(target) };
  const foot = { x: middle(source), y: source.y + source.height };
  const head = { x: middle(target), y: source.y < target.y ? target.y : target.y + target.height };
  const down = source.y < target.y;
  const ways = [];
  if (isAttached || middle(source) === middle(target)) {
    const out = down || isAttached ? foot : { x: foot.x, y: source.y };
    if (middle(source) === middle(target)) ways.push([out, head]);
    if (target.x > middle(source)) ways.push([out, { x: out.x, y: end.y }, end]);
  }
  if (!isAttached && target.x > right) {
    for (const x of [target.x - 25, right + 25]) {
      ways.push(start.y === end.y ? [start, end] : [start, { x, y: start.y }, { x, y: end.y }, end]);
    }
    ways.push([start, { x: head.x, y: start.y }, head]);
  }
  const y = Math.max(source.y + source.height, target.y + target.height) + 25;
  ways.push([foot, { x: foot.x, y }, { x: middle(target), y }, { x: middle(target), y: target.y + target.height }]);
  const others = shapes.filter(shape => shape !== source && shape !== target);
  const cost = way => others.filter(shape => way.slice(1).some((point, index) => crosses(way[index], point, shape))).length;
  return ways.reduce((best, way) => (cost(way) < cost(best) ? way : best));
}

function crosses(a, b, { x, y, width, height }) {
  return Math.max(a.x, b.x) > x && Math.min(a.x, b.x) < x + width && Math.max(a.y, b.y) > y && Math.min(a.y, b.y) < y + height;
}
