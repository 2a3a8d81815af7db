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
  {
    // A list that does not fit below its box was cut off by the editor; it moves up as far as it must.
    file: 'dmn-js-shared/lib/components/InputSelect.js',
    texts: [
      [
        'const top = inputTop + height - containerTop + container.scrollTop;',
        'const top = Math.max(0, Math.min(inputBottom, containerBottom - this._portalEl.scrollHeight - 4) - containerTop) + container.scrollTop;',
      ],
      [
        `    if (containerBottom - inputBottom < height) {
      const bottom = containerBottom - inputTop;
      bounds.bottom = \`\${bottom}px\`;
      bounds['max-height'] = \`calc(100% - \${bottom})\`;
      delete bounds.top;
    }
`,
        '',
      ],
    ],
  },
  {
    // The text of an expression became part of the model only when the focus left it: Ctrl+S in it saved the old one.
    file: 'dmn-js-boxed-expression/lib/features/literal-expression/components/LiteralExpressionEditorComponent.js',
    texts: [['"onChange": props.onChange', '"onChange": null, "onInput": props.onChange']],
  },
  // A type is chosen by its Japanese word; a box to write in showed the English one of the file.
  {
    file: 'dmn-js-decision-table/lib/features/type-ref/components/TypeRefCellContextMenu.js',
    texts: [['"className": "type-ref-edit-select"', '"className": "type-ref-edit-select", "noInput": true']],
  },
  {
    file: 'dmn-js-literal-expression/lib/features/literal-expression-properties/components/LiteralExpressionPropertiesEditorComponent.js',
    texts: [['"className": "variable-type-select dms-block"', '"className": "variable-type-select dms-block", "noInput": true']],
  },
  {
    file: 'dmn-js-boxed-expression/lib/features/element-variable/components/ElementVariableEditorComponent.js',
    texts: [
      ['"id": VARIABLE_TYPE_ID\n', '"label": "結果の型", "noInput": true\n'],
      ['createVNode(1, "label", "element-variable-type-label"', 'createVNode(1, "span", "element-variable-type-label"'],
      ['{\n    "for": VARIABLE_TYPE_ID\n  }', 'null'],
      ['createTextVNode("Result type")', 'createTextVNode("結果の型")'],
      ['createTextVNode("Result")', 'createTextVNode("結果")'],
    ],
  },
  {
    file: 'dmn-js-boxed-expression/lib/features/function-definition/components/FormalParametersEditor.js',
    texts: [
      ['"value": typeRef,', '"label": translate("Type"), "noInput": true, "value": typeRef,'],
      ['"onChange": onNameChange,', '"label": translate("name"), "onChange": onNameChange,'],
    ],
  },
  {
    file: 'dmn-js-boxed-expression/lib/features/function-definition/components/FunctionDefinitionEditorComponent.js',
    texts: [
      ['function _Parameter({\n  parameter\n}) {', 'function _Parameter({\n  parameter\n}, context) {'],
      ["'<unnamed>'", "'（名前なし）'"],
      ['`${displayedName}: ${typeRef}`', '`${displayedName}：${context.injector.get("translate")(typeRef)}`'],
    ],
  },
];
