/** What people use a client for. */
export const features = ['chat', 'tools', 'autocomplete', 'embeddings'] as const;
export type Feature = (typeof features)[number];

/** How it is known that something works, the surest first. */
export const proofs = {
  run: 'the client itself was run against the gateway',
  sdk: 'the library through which it asks was run against gateway and engine',
  transcribed: 'requests written down from its source were sent to the gateway; nothing was captured',
  documentation: 'read in its documentation or source; not tried',
} as const;
export type Proof = keyof typeof proofs;

export interface Evidence {
  readonly by: Proof;
  /** Path of the test in the checkout; only what is read in documentation has none. */
  readonly test?: string;
}

export interface TargetModel {
  readonly id: string;
  /** Tokens that one request may use, prompt and answer together. */
  readonly contextSize: number;
}

/** What a client is to be connected to. */
export interface Target {
  /** `https://host`, without a slash at its end. */
  readonly url: string;
  readonly models: {
    readonly chat: TargetModel;
    /** Left out where the VM has none for it. */
    readonly complete?: TargetModel | undefined;
    readonly embed?: TargetModel | undefined;
  };
  /**
   * Where the certificate of the CA that must be trusted is on the person's machine; left out where programs trust
   * the VM already.
   */
  readonly authority?: string | undefined;
}

/** Stands for the API key wherever a client cannot read it from the environment. */
export const keyPlaceholder = 'YOUR-KEY';

/** The environment variable that holds the API key on the person's machine. */
export const keyVariable = 'ONEPILOT_KEY';

export interface ConfigurationFile {
  /** `~` is the person's home directory. */
  readonly path: string;
  readonly language: 'json' | 'yaml' | 'toml' | 'vim' | 'sh';
  readonly text: string;
}

/** Everything a person does, in this order. */
export interface Setup {
  /** How the client comes to trust a CA: sentences, in Markdown. Told only where it must. */
  readonly trust: string;
  /** Variables of the shell that starts the client; `$ONEPILOT_KEY` is the key. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What is done by hand, in Markdown, one sentence or two each. */
  readonly steps?: readonly string[];
  readonly files?: readonly ConfigurationFile[];
}

/** One client that people come with. */
export interface Client {
  /** As `onepilot setup` takes it. */
  readonly name: string;
  readonly title: string;
  /** What it is, without a full stop. */
  readonly about: string;
  /** A feature that is left out does not work with OnePilot, or the client has none. */
  readonly features: Partial<Readonly<Record<Feature, Evidence>>>;
  /** Tokens of its first request, which must fit in the context with room to work; left out where nobody measured. */
  readonly firstPrompt?: number;
  /** What it shows where a prompt does not fit into the context; left out where nobody tried. */
  readonly tooLong?: string;
  setup(target: Target): Setup;
  /** What to know beyond that, in Markdown. */
  readonly notes: readonly string[];
  /** Where its facts come from: addresses, or `owner/repository path`. */
  readonly sources: readonly string[];
}

/** A JSON file's text. */
export function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
