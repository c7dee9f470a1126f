import type { BillSources } from '../../../src/bill/bill.ts';
import type { Manifest } from '../../../src/builder/manifest.ts';
import type { BakedModel } from '../../../src/models/image-facts.ts';

export const chatModel: BakedModel = {
  id: 'some-coder',
  file: 'some-coder.gguf',
  sha256: 'c'.repeat(64),
  roles: ['chat'],
  facts: {
    architecture: 'qwen2',
    fileSize: 1000,
    trainedContextSize: 2048,
    blocks: 1,
    width: 8,
    feedForward: 8,
    heads: 1,
    vocabulary: 16,
    weights: 900,
    embeddingCopy: 0,
    activeWeights: 900,
    attention: [],
    hasChatTemplate: true,
    hasInfillTokens: false,
  },
  licence: 'Apache-2.0',
  source: 'hf:Some/Coder-GGUF/coder-Q4.gguf@0123abc',
};

/** A manifest with one of each kind, and names that need care. */
export const manifest: Manifest = {
  name: 'OnePilot',
  kind: 'image',
  version: '1.2.3',
  profile: '8gb',
  suite: 'trixie',
  contextualization: 'one-context',
  createdAt: 1_790_000_000,
  memory: 8192,
  image: {
    file: 'onepilot-8gb-one-context.qcow2',
    size: 123,
    virtualSize: 456,
    sha256: '0123456789abcdef'.repeat(4),
    md5: 'f'.repeat(32),
  },
  versions: { 'llama.cpp': 'v0.5.0', 'node-llama-cpp': '3.22.1', node: '24.21.0', 'sd-notify': '2.8.0' },
  enginePatches: [{ file: '0001-slots.patch', about: 'Slots are free sooner', sha256: 'a'.repeat(64) }],
  models: [chatModel],
  files: [
    { path: 'usr/lib/onepilot/engine/llama-server', kind: 'executable', sha256: 'e'.repeat(64), size: 1 },
    { path: 'usr/lib/onepilot/node', kind: 'executable', sha256: 'd'.repeat(64), size: 1 },
  ],
  npmPackages: [
    {
      name: '@fastify/error',
      version: '4.2.1',
      integrity: `sha512-${Buffer.alloc(64, 1).toString('base64')}`,
    },
    { name: 'tslib', version: '1.14.1', integrity: `sha512-${Buffer.alloc(64, 2).toString('base64')}` },
    { name: 'tslib', version: '2.9.1', integrity: `sha512-${Buffer.alloc(64, 3).toString('base64')}` },
    // Nested twice.
    { name: 'tslib', version: '2.9.1', integrity: `sha512-${Buffer.alloc(64, 3).toString('base64')}` },
  ],
  packages: [
    { name: 'base-files', version: '13.8+deb13u5', architecture: 'amd64', sha256: '1'.repeat(64) },
    { name: 'libgcc-s1', version: '14.2.0-19', architecture: 'amd64', sha256: '2'.repeat(64) },
    { name: 'login', version: '1:4.16.0-2+really2.41-5', architecture: 'amd64', sha256: '3'.repeat(64) },
    { name: 'one-context', version: '7.2.1-1', architecture: 'all', sha256: '4'.repeat(64) },
  ],
};

const machineReadable = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: somebody
License: GPL-2+
`;

export const sources: BillSources = {
  copyrights: [
    { package: 'base-files', source: 'base-files', sourceVersion: '13.8+deb13u5', text: machineReadable },
    { package: 'libgcc-s1', source: 'gcc-14', sourceVersion: '14.2.0-19', text: 'Free text.' },
    { package: 'login', source: 'util-linux', sourceVersion: '2.41-5', text: machineReadable },
    { package: 'one-context', source: 'one-context', sourceVersion: '7.2.1-1' },
  ],
  programs: {
    engine: {
      name: 'llama.cpp',
      version: 'v0.5.0',
      licence: 'MIT',
      url: 'https://github.com/ggml-org/llama.cpp',
      texts: ['llama.cpp/LICENSE'],
      commit: 'de3ff815ea7d559ee917f063901b8986f038abc6',
      parts: [
        {
          name: 'json',
          version: '3.12.0',
          licence: 'MIT',
          url: 'https://github.com/nlohmann/json',
          texts: [],
        },
        { name: 'sha256.c', licence: 'LicenseRef-public-domain', texts: [] },
      ],
    },
    node: {
      name: 'node',
      version: '24.21.0',
      licence: 'MIT',
      url: 'https://nodejs.org/',
      texts: ['node/LICENSE'],
      parts: [{ name: 'openssl', version: '3.5.8', texts: ['node/LICENSE'] }],
    },
    npm: [
      { name: '@fastify/error', version: '4.2.1', licence: 'MIT', texts: [] },
      { name: 'tslib', version: '1.14.1', licence: '0BSD', texts: [] },
      { name: 'tslib', version: '2.9.1', licence: '(MIT OR 0BSD)', texts: [] },
    ],
  },
  models: [
    {
      name: 'some-coder',
      licence: 'Apache-2.0',
      url: 'https://huggingface.co/Some/Coder-GGUF/blob/0123abc/coder-Q4.gguf',
      licenceUrl: 'https://huggingface.co/Some/Coder/blob/main/LICENSE',
      texts: [],
    },
  ],
  patches: new Map([['0001-slots.patch', 'diff --git a/x b/x\n']]),
};
