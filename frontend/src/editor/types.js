// The types that the lists of the editor of tables offer: those of the standard that a value of a procedure has, whole
// numbers, and those that the file itself defines.

const USUAL = [
  'string', 'number', 'integer', 'boolean', 'date', 'time', 'dateTime', 'dayTimeDuration', 'yearMonthDuration', 'Any',
];

export const typesModule = definitions => ({ dataTypes: ['value', { getAll: () => [...USUAL, ...defined(definitions())] }] });

const defined = model => (model?.get('itemDefinition') ?? []).map(({ name }) => name).filter(Boolean);
