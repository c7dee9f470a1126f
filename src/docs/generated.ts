import { catalogue } from '../errors/catalogue.ts';
import { renderErrorsPage } from './errors-page.ts';
import { renderOnepilotPage } from './onepilot-page.ts';

/** Generated files by their path in the checkout. A test proves each fresh. */
export const generatedFiles: Readonly<Record<string, () => string>> = {
  'docs/errors.md': () => renderErrorsPage(catalogue),
  'docs/onepilot.md': renderOnepilotPage,
};
