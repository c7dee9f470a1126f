import { describe, expect, it } from 'vitest';
import { engineArchitectures } from '../../../src/engine/architectures.ts';
import { diagnose } from '../../../src/engine/diagnosis.ts';
import { engineSource } from '../gateway/engine-source.ts';

describe('a model that did not load', () => {
  const model = 'm';

  it.each([
    [{}, 'MODEL_LOAD_FAILED'],
    [{ architecture: 'qwen35moe' }, 'MODEL_LOAD_FAILED'],
    [{ architecture: 'tomorrow' }, 'MODEL_ARCHITECTURE_UNSUPPORTED'],
    [{ architecture: 'gptj' }, 'MODEL_ARCHITECTURE_UNSUPPORTED'],
    [{ oomKills: 1, architecture: 'qwen2' }, 'MODEL_TOO_BIG'],
    [{ needs: 9, memory: 8 }, 'MODEL_TOO_BIG'],
    [{ needs: 8, memory: 8 }, 'MODEL_LOAD_FAILED'],
    [{ oomKills: -2 }, 'MODEL_LOAD_FAILED'],
    [{ fileProblem: 'it ends within its tensors', oomKills: 1 }, 'MODEL_CORRUPT'],
  ] as const)('is diagnosed from %j: %s', (known, code) => {
    const diagnosis = diagnose({ model, ...known });
    expect(diagnosis.code).toBe(code);
    expect(diagnosis.message + diagnosis.fix).not.toMatch(/[{}]/);
  });
});

it('the architectures are those that the pinned engine names and has code for', async () => {
  const [names = '', models = ''] = await engineSource('src/llama-arch.cpp', 'src/llama-model.cpp');
  const table = between(names, 'LLM_ARCH_NAMES = {', '};');
  const supported = between(models, 'llama_model_mapping(', 'unsupported model architecture');
  const withCode = new Set([...supported.matchAll(/case (LLM_ARCH_\w+):/g)].map(([, arch]) => arch));
  const known = [...table.matchAll(/\{ (LLM_ARCH_\w+), +"([^"]+)"/g)].filter(([, arch]) =>
    withCode.has(arch),
  );
  const expected = known.map(([, , name]) => name).filter((name) => name !== 'clip');
  expect([...engineArchitectures].toSorted()).toEqual(expected.toSorted());
});

function between(text: string, start: string, end: string): string {
  const rest = text.slice(text.indexOf(start));
  return rest.slice(0, rest.indexOf(end));
}
