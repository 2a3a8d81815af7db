// Mistakes of libraries that no setting of theirs mends: [what stands in the source, what it becomes].
// build.mjs fails when one of them is no longer found.

export const libraryMends = [
  {
    // An id may have any letters; moddle dropped every element whose id was not ASCII, and saving lost it.
    file: 'moddle-xml/dist/index.js',
    texts: [['/^([a-z][\\w-.]*:)?[a-z_][\\w-.]*$/i.test(id)', '/^\\S+$/.test(id)']],
  },
  {
    // FEEL closes ranges with either bracket, [1..2) and ]1..2], so one that is added is in the way.
    file: '@bpmn-io/feel-editor/dist/index.js',
    texts: [['    closeBrackets(),\n', '']],
  },
];
