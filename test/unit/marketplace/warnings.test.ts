import { describe, expect, it } from 'vitest';
import { warnings } from '../../../src/marketplace/warnings.ts';
import { modelDisk, published } from './artefacts.ts';

const email = 'team@onepilot.eu';

/** An image with another version of one-context in it. */
function withOneContext(version: string) {
  const packages = [{ name: 'one-context', version, architecture: 'all', sha256: 'b'.repeat(64) }];
  return published({ packages });
}

describe('what is said of a submission', () => {
  it('is nothing where it can be accepted', () => {
    expect(warnings({ image: published() }, email)).toEqual([]);
  });

  it('is that somebody has to be reachable', () => {
    expect(warnings({ image: published() }, undefined)).toEqual([expect.stringContaining('--email ADDRESS')]);
  });

  it('is that an image without one-context fails, be it the system of a disk of models', () => {
    const split = { system: published({ contextualization: 'agent' }), modelDisks: [published(modelDisk)] };
    expect(warnings({ image: published(), split }, email)).toEqual([
      expect.stringContaining('the context suite of the certification fails'),
    ]);
  });

  it('is that an image with the stand-in for one-context is for tests', () => {
    expect(warnings({ image: withOneContext('7.2.1-double') }, email)).toEqual([
      "onepilot-8gb-one-context.qcow2 is only for tests: its one-context 7.2.1-double is no release of OpenNebula's.",
    ]);
  });
});
