// Evaluates expressions with the FEEL of form-js; stdin: {"module", "asked": [[expression, context]]}, stdout: the values.
import { readFileSync } from 'node:fs';

const { module, asked } = JSON.parse(readFileSync(0, 'utf8'));
const { evaluate } = await import(module);

function value([source, context]) {
  try {
    return evaluate(source, context).value ?? null;
  } catch {
    return 'refused';
  }
}

process.stdout.write(JSON.stringify(asked.map(value)));
