import { acmeDirectory, bindingKey, emailAddress } from './kinds/acme.ts';
import { adapters } from './kinds/adapters.ts';
import { apiKeys } from './kinds/api-keys.ts';
import { backends } from './kinds/backends.ts';
import { certifiedAddress } from './kinds/certified-address.ts';
import { choice } from './kinds/choice.ts';
import { domainName } from './kinds/host.ts';
import { modelChoice } from './kinds/model-choice.ts';
import { networks } from './kinds/networks.ts';
import { notYet } from './kinds/not-yet.ts';
import { certificateSource, keySource, trustedCertificates } from './kinds/pem.ts';
import { price } from './kinds/price.ts';
import { password, text, webAddress, wholeNumber, yesOrNo } from './kinds/simple.ts';
import { upstreams } from './kinds/upstreams.ts';
import type { Variable } from './variable.ts';

/**
 * Every variable of the context that is OnePilot's own, in the order of forms. Settings, parser, forms and
 * documentation follow it: to add a variable, add a row.
 */
export const variables = {
  apiPassword: password({
    name: 'ONEAPP_COPILOT_API_PASSWORD',
    group: 'Access',
    minimum: 8,
    maximum: 256,
    help: 'API key that clients present. When empty, one is made on the VM: `onepilot key` shows it.',
    example: 'correct-horse-battery',
    since: '0.1.0',
  }),
  apiKeys: apiKeys({
    name: 'ONEAPP_COPILOT_API_KEYS',
    group: 'Access',
    help: 'More API keys, each with a name: a YAML list of name and key, or of name and sha256 when the key itself is to stay elsewhere.',
    example: '[{name: ana, key: one-key-for-ana-alone}]',
    since: '0.2.0',
  }),
  allowedNetworks: networks({
    name: 'ONEAPP_COPILOT_ALLOWED_NETWORKS',
    group: 'Access',
    help: 'Networks that may reach HTTPS. When empty, everybody may.',
    example: '10.0.0.0/8, 2001:db8::/32',
    since: '0.2.0',
  }),
  sshAllowedNetworks: networks({
    name: 'ONEAPP_COPILOT_SSH_ALLOWED_NETWORKS',
    group: 'Access',
    help: 'Networks that may reach SSH. When empty, everybody may; SSH takes keys only.',
    example: '192.168.7.0/24',
    since: '0.2.0',
  }),
  tlsDomain: domainName({
    name: 'ONEAPP_COPILOT_TLS_DOMAIN',
    group: 'Certificate',
    help: "DNS name of this VM. Unless ONEAPP_COPILOT_TLS_MODE says otherwise, Let's Encrypt is asked for a certificate for it, and publishes it: anybody can read the name there.",
    example: 'copilot.example.org',
    since: '0.2.0',
  }),
  tlsMode: choice({
    name: 'ONEAPP_COPILOT_TLS_MODE',
    group: 'Certificate',
    choices: ['auto', 'own-ca', 'acme', 'provided'],
    default: 'auto',
    help: "Whose certificate is served: the one given if there is one, else one of an ACME CA if a domain is named, else one of the VM's own CA (auto); or always one kind. The own CA's is served until the other is there.",
    example: 'acme',
    since: '0.4.0',
  }),
  tlsAddress: certifiedAddress({
    name: 'ONEAPP_COPILOT_TLS_ADDRESS',
    group: 'Certificate',
    help: 'Public address that the ACME certificate is for, beside or instead of a domain; auto takes the first public one of the VM. Public CAs publish their certificates, and the addresses in them.',
    example: 'auto',
    since: '0.4.0',
  }),
  tlsCertificate: certificateSource({
    name: 'ONEAPP_COPILOT_TLS_CERTIFICATE',
    group: 'Certificate',
    help: 'A certificate of your own with its intermediates, in PEM, or disk:LABEL/path of a file on an attached disk.',
    example: 'disk:CERTIFICATES/copilot.crt',
    since: '0.4.0',
  }),
  tlsKey: keySource({
    name: 'ONEAPP_COPILOT_TLS_KEY',
    group: 'Certificate',
    help: 'Its private key, not encrypted, in PEM, or disk:LABEL/path of a file on an attached disk.',
    example: 'disk:CERTIFICATES/copilot.key',
    since: '0.4.0',
  }),
  tlsHsts: wholeNumber({
    name: 'ONEAPP_COPILOT_TLS_HSTS',
    group: 'Certificate',
    minimum: 0,
    maximum: 63_072_000,
    default: 0,
    help: "Seconds for which browsers are told to refuse anything but good HTTPS. 0 tells them nothing: once told, they refuse this VM's own CA too.",
    example: '0',
    since: '0.4.0',
  }),
  acmeDirectory: acmeDirectory({
    name: 'ONEAPP_COPILOT_ACME_DIRECTORY',
    group: 'Certificate',
    help: "Directory of the ACME CA that is asked for certificates. When empty, Let's Encrypt's.",
    example: 'https://ca.example.org/acme/acme/directory',
    since: '0.4.0',
  }),
  acmeStaging: acmeDirectory({
    name: 'ONEAPP_COPILOT_ACME_STAGING',
    group: 'Certificate',
    help: "Directory of a CA to try with before that one is asked again after a failure. When empty, Let's Encrypt's if that one is Let's Encrypt's, else none.",
    example: 'https://ca.example.org/acme/staging/directory',
    since: '0.4.0',
  }),
  acmeContact: emailAddress({
    name: 'ONEAPP_COPILOT_ACME_CONTACT',
    group: 'Certificate',
    help: 'E-mail address that the ACME CA may write to. Not needed.',
    example: 'it@example.org',
    since: '0.4.0',
  }),
  acmeKeyId: text({
    name: 'ONEAPP_COPILOT_ACME_EAB_KEY_ID',
    group: 'Certificate',
    maximum: 1024,
    help: 'Name of the key that binds the ACME account to yours, where the CA wants that.',
    example: 'kid-1',
    since: '0.4.0',
  }),
  acmeKey: bindingKey({
    name: 'ONEAPP_COPILOT_ACME_EAB_KEY',
    group: 'Certificate',
    help: 'That key, in base64url as the CA gave it.',
    example: 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W',
    since: '0.4.0',
  }),
  acmeProfile: text({
    name: 'ONEAPP_COPILOT_ACME_PROFILE',
    group: 'Certificate',
    maximum: 64,
    help: "Certificate profile to ask for, where the CA has several. When empty, the CA's own choice, and shortlived for an address.",
    example: 'shortlived',
    since: '0.4.0',
  }),
  acmeRoots: trustedCertificates({
    name: 'ONEAPP_COPILOT_ACME_ROOTS',
    group: 'Certificate',
    help: 'Certificates of the CA that vouches for the ACME server itself, in PEM, where the system does not trust it already.',
    example: 'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t…',
    since: '0.4.0',
  }),
  aiModel: modelChoice({
    name: 'ONEAPP_COPILOT_AI_MODEL',
    group: 'Model',
    none: false,
    help: 'Model for chat and agents: a name from the image or the catalogue, or hf:owner/repository/file, https://…#sha256=…, disk:LABEL/path. When empty, the one of the image.',
    example: 'qwen3.5-4b',
    since: '0.2.0',
  }),
  completeModel: modelChoice({
    name: 'ONEAPP_COPILOT_COMPLETE_MODEL',
    group: 'Model',
    none: true,
    help: 'Model that completes code while people type, named as the one for chat. When empty, the one of the image; none switches it off.',
    example: 'qwen2.5-coder-1.5b',
    since: '0.3.0',
  }),
  embedModel: modelChoice({
    name: 'ONEAPP_COPILOT_EMBED_MODEL',
    group: 'Model',
    none: true,
    help: 'Model for embeddings, named as the one for chat. When empty, the one of the image; none switches it off.',
    example: 'none',
    since: '0.3.0',
  }),
  loraAdapters: adapters({
    name: 'ONEAPP_COPILOT_LORA_ADAPTERS',
    group: 'Model',
    help: 'LoRA adapters for the model for chat, or with complete= before it for the other one: hf:…, https://…#sha256=… or disk:…, separated by commas.',
    example: 'hf:team/our-style-lora-gguf/our-style.gguf@v2*0.8',
    since: '0.3.0',
  }),
  modelMirror: webAddress({
    name: 'ONEAPP_COPILOT_MODEL_MIRROR',
    group: 'Model',
    help: 'Server that takes the place of the public hub when models are fetched.',
    example: 'https://hub.example.org',
    since: '0.3.0',
  }),
  modelToken: password({
    name: 'ONEAPP_COPILOT_MODEL_TOKEN',
    group: 'Model',
    minimum: 1,
    maximum: 512,
    help: 'Token for repositories of the hub that are not open to everybody.',
    example: 'hf_token-of-the-team',
    since: '0.3.0',
  }),
  contextSize: wholeNumber({
    name: 'ONEAPP_COPILOT_CONTEXT_SIZE',
    group: 'Model',
    minimum: 512,
    maximum: 1_048_576,
    zero: 'as many as fit into the memory and are of use',
    default: 0,
    help: 'Tokens that one request may use, prompt and answer together. 0 means as many as fit into the memory and are of use.',
    example: '32768',
    since: '0.1.0',
  }),
  cpuThreads: wholeNumber({
    name: 'ONEAPP_COPILOT_CPU_THREADS',
    group: 'Model',
    minimum: 0,
    maximum: 512,
    default: 0,
    help: 'Threads that compute; 0 means one for each physical core.',
    example: '0',
    since: '0.1.0',
  }),
  maxTokens: wholeNumber({
    name: 'ONEAPP_COPILOT_MAX_TOKENS',
    group: 'Gateway',
    minimum: 16,
    maximum: 1_048_576,
    zero: 'what the context leaves',
    default: 0,
    help: 'Tokens that one answer may have at most. 0 means what the context leaves.',
    example: '8192',
    since: '0.3.0',
  }),
  openMetadata: yesOrNo({
    name: 'ONEAPP_COPILOT_OPEN_METADATA',
    group: 'Gateway',
    default: false,
    help: "Answers Ollama's questions about version and models without a key: some editors send none with them. What a model is asked always needs one.",
    example: 'YES',
    since: '0.3.0',
  }),
  metricsNetworks: networks({
    name: 'ONEAPP_COPILOT_METRICS_NETWORKS',
    group: 'Gateway',
    help: 'Networks that may read /metrics without a key. When empty, a key with the scope admin is needed.',
    example: '10.0.0.0/8',
    since: '0.3.0',
  }),
  usageDays: wholeNumber({
    name: 'ONEAPP_COPILOT_USAGE_DAYS',
    group: 'Gateway',
    minimum: 1,
    maximum: 3650,
    default: 90,
    help: 'Days for which is kept who used how many tokens; never what was said.',
    example: '30',
    since: '0.3.0',
  }),
  usagePrice: price({
    name: 'ONEAPP_COPILOT_USAGE_PRICE',
    group: 'Gateway',
    help: 'What a million tokens would cost elsewhere, prompts/answers and currency, so that usage shows what the same work would have cost there.',
    example: '3/15 USD',
    since: '0.3.0',
  }),
  upstreams: upstreams({
    name: 'ONEAPP_COPILOT_UPSTREAMS',
    group: 'Gateway',
    help: 'Other endpoints of the OpenAI kind that may be asked too: a YAML list of name, url, key and models. Whatever is asked of their models leaves this VM. See docs/upstreams.md.',
    example: '[{name: cloud, url: "https://api.example.org/v1", key: a-key, models: [{id: big}]}]',
    since: '0.3.0',
  }),
  securityUpdates: yesOrNo({
    name: 'ONEAPP_COPILOT_SECURITY_UPDATES',
    group: 'System',
    default: false,
    help: "Lets the VM install Debian's security updates by itself, once a day.",
    example: 'YES',
    since: '0.2.0',
  }),
  lbEnabled: notYet(
    yesOrNo({
      name: 'ONEAPP_COPILOT_LB_ENABLED',
      group: 'Several VMs',
      default: false,
      help: 'Makes this VM a load balancer for others.',
      example: 'NO',
      since: '0.2.0',
    }),
    (enabled) => enabled,
  ),
  lbBackends: notYet(
    backends({
      name: 'ONEAPP_COPILOT_LB_BACKENDS',
      group: 'Several VMs',
      help: 'The other VMs, each with the key it wants.',
      example: 'key-of-that-vm@10.0.0.7:443',
      since: '0.2.0',
    }),
  ),
  registerUrl: notYet(
    webAddress({
      name: 'ONEAPP_COPILOT_REGISTER_URL',
      group: 'Several VMs',
      help: 'The load balancer with which this VM registers.',
      example: 'https://balancer.example.org:8443',
      since: '0.2.0',
    }),
  ),
  registerKey: notYet(
    password({
      name: 'ONEAPP_COPILOT_REGISTER_KEY',
      group: 'Several VMs',
      minimum: 1,
      maximum: 256,
      help: 'The key that load balancer wants.',
      example: 'key-of-the-balancer',
      since: '0.2.0',
    }),
  ),
  registerModelName: notYet(
    text({
      name: 'ONEAPP_COPILOT_REGISTER_MODEL_NAME',
      group: 'Several VMs',
      maximum: 128,
      help: 'Name under which the load balancer offers the model of this VM.',
      example: 'team-model',
      since: '0.2.0',
    }),
  ),
  registerSiteName: notYet(
    text({
      name: 'ONEAPP_COPILOT_REGISTER_SITE_NAME',
      group: 'Several VMs',
      maximum: 128,
      help: 'Name of the place where this VM runs.',
      example: 'poland0',
      since: '0.2.0',
    }),
  ),
};

export type SettingName = keyof typeof variables;

type ValueOf<Row> = Row extends Variable<infer Value> ? Value : never;

/** What the context asks for, typed; a variable that was not given has its default. */
export type Settings = { [Name in SettingName]: ValueOf<(typeof variables)[Name]> };

/** The table once more, as a type in which the compiler can follow a name from a variable to its setting. */
export const variableFor: { readonly [Name in SettingName]: Variable<Settings[Name]> } = variables;

/** The rows, in the order of forms. */
export const variableList: readonly Variable<unknown>[] = Object.values(variables);

/** The names of all settings, in the order of forms. */
export const settingNames: readonly SettingName[] = Object.keys(variables).filter(isSettingName);

/** Settings of a machine whose context says nothing. */
export function defaultSettings(): Settings {
  return defaultsOf(variables);
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(variables, name);
}

function defaultsOf<Table extends Readonly<Record<string, Variable<unknown>>>>(
  table: Table,
): { [Name in keyof Table]: ValueOf<Table[Name]> };
function defaultsOf(table: Readonly<Record<string, Variable<unknown>>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(table).map(([name, row]) => [name, row.default]));
}
