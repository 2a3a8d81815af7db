export const literalReplacements = [];
