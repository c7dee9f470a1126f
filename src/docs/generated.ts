import { renderUserInputs } from '../context/user-inputs.ts';
import { catalogue } from '../errors/catalogue.ts';
import { clientPages, renderClientsPage } from './clients-pages.ts';
import { renderErrorsPage } from './errors-page.ts';
import { renderModelsPage } from './models-page.ts';
import { renderOnepilotPage } from './onepilot-page.ts';
import { profileArithmetic } from './profile-arithmetic.ts';
import { renderRequirementsPage } from './requirements-page.ts';
import { renderVariablesPage } from './variables-page.ts';

/** Generated files by their path in the checkout. A test proves each fresh. */
export const generatedFiles: Readonly<Record<string, () => string>> = {
  'docs/client-requirements.md': renderRequirementsPage,
  'docs/clients.md': renderClientsPage,
  ...clientPages,
  'docs/errors.md': () => renderErrorsPage(catalogue),
  'docs/models.md': () => renderModelsPage(profileArithmetic),
  'docs/onepilot.md': renderOnepilotPage,
  'docs/variables.md': renderVariablesPage,
  'appliance/marketplace/user-inputs.yaml': renderUserInputs,
};
