import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { $ } from 'zx';
import { beside } from '../../../src/builder/artefacts.ts';
import { digestFile } from '../../../src/builder/digest.ts';
import type { Manifest } from '../../../src/builder/manifest.ts';
import type { Published } from '../../../src/marketplace/artefact.ts';
import type { BakedModel } from '../../../src/models/image-facts.ts';

/** 2026-11-21T10:00:00Z. */
export const createdAt = 1_795_255_200;

/** A model of which the marketplace says id, file, roles and licence. */
export function someModel(id: string, roles: BakedModel['roles'], licence = 'Apache-2.0'): BakedModel {
  return {
    id,
    file: `${id}.gguf`,
    sha256: 'a'.repeat(64),
    roles,
    licence,
    facts: {
      architecture: 'qwen2',
      fileSize: 1_410_016,
      trainedContextSize: 4096,
      blocks: 1,
      width: 128,
      feedForward: 32,
      heads: 4,
      vocabulary: 1130,
      weights: 1_376_936,
      embeddingCopy: 0,
      activeWeights: 798_376,
      attention: [{ blocks: 1, keys: 32, values: 32 }],
      hasChatTemplate: true,
      hasInfillTokens: true,
    },
  };
}

/** The manifest of an image of the profile 8gb with one-context, and whatever differs from it. */
export function someManifest(changes: Partial<Manifest> = {}): Manifest {
  const hash = (name: string) => ({ name, architecture: 'amd64', sha256: 'b'.repeat(64) });
  return {
    name: 'OnePilot',
    kind: 'image',
    version: '1.2.3',
    profile: '8gb',
    suite: 'trixie',
    contextualization: 'one-context',
    createdAt,
    memory: 8192,
    image: {
      file: 'onepilot-8gb-one-context.qcow2',
      size: 1000,
      virtualSize: 8 * 1024 ** 3,
      sha256: 'c'.repeat(64),
      md5: 'd'.repeat(32),
    },
    versions: { 'llama.cpp': 'v0.5.0' },
    enginePatches: [],
    models: [
      someModel('qwen3.5-4b', ['chat']),
      someModel('qwen2.5-coder-1.5b-q4', ['complete']),
      someModel('qwen3-embedding-0.6b', ['embed']),
    ],
    files: [],
    npmPackages: [],
    packages: [
      { ...hash('base-files'), version: '13.8+deb13u1' },
      { ...hash('one-context'), version: '7.2.1-0' },
    ],
    ...changes,
  };
}

/** An artefact that is what its manifest says, in memory. */
export function published(changes: Partial<Manifest> = {}): Published {
  const manifest = someManifest(changes);
  return { manifest, file: manifest.image, url: `https://downloads.onepilot.eu/${manifest.image.file}` };
}

/** The image without models. */
export const bareImage: Partial<Manifest> = { profile: 'bare', memory: 2048, models: [] };

/** The disk that holds the models of 8gb. */
export const modelDisk: Partial<Manifest> = { kind: 'models', contextualization: 'agent', packages: [] };

/** A real qcow2 file of 4 MiB with a manifest that fits it, in a folder that is removed after the test. */
export async function builtImage(changes: Partial<Manifest> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onepilot-marketplace-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = someManifest(changes).image.file;
  const path = join(folder, file);
  await $({ quiet: true })`qemu-img create -q -f qcow2 ${path} 4M`;
  const image = {
    file,
    size: (await stat(path)).size,
    virtualSize: 4 * 1024 ** 2,
    sha256: await digestFile(path, 'sha256'),
    md5: await digestFile(path, 'md5'),
    ...changes.image,
  };
  await writeFile(beside(path).manifest, JSON.stringify(someManifest({ ...changes, image })));
  return path;
}
