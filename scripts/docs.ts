import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../src/builder/places.ts';
import { runScript } from '../src/cli/run-script.ts';
import { generatedFiles } from '../src/docs/generated.ts';

await runScript(async () => {
  if (process.argv.includes('--help')) {
    process.stdout.write('Writes the generated files again:\n\n  npm run docs\n\n');
    process.stdout.write(`${Object.keys(generatedFiles).join('\n')}\n`);
    return;
  }
  for (const [path, render] of Object.entries(generatedFiles)) {
    await writeFile(join(checkout, path), render());
    process.stdout.write(`wrote ${path}\n`);
  }
});
