import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idOfSource, type ModelSource, parseSource, sourceText } from '../../../src/models/source.ts';

const hash = '0123456789abcdef'.repeat(4);

describe('parseSource', () => {
  it.each<[string, ModelSource]>([
    [
      'hf:Qwen/Qwen2.5-Coder-GGUF/model-q4_k_m.gguf',
      {
        kind: 'hub',
        owner: 'Qwen',
        repository: 'Qwen2.5-Coder-GGUF',
        file: 'model-q4_k_m.gguf',
        revision: 'main',
      },
    ],
    [
      `hf:a/b/Q8_0/m.gguf@refs/pr/1#sha256=${hash.toUpperCase()}`,
      { kind: 'hub', owner: 'a', repository: 'b', file: 'Q8_0/m.gguf', revision: 'refs/pr/1', sha256: hash },
    ],
    [
      `HTTPS://Models.example/a%20b.gguf?v=1#sha256=${hash}`,
      { kind: 'web', url: 'https://models.example/a%20b.gguf?v=1', sha256: hash },
    ],
    ['disk:MODELS/dir/m.gguf', { kind: 'disk', label: 'MODELS', path: 'dir/m.gguf' }],
    [`disk:MODELS/m.gguf#sha256=${hash}`, { kind: 'disk', label: 'MODELS', path: 'm.gguf', sha256: hash }],
  ])('reads %s', (text, source) => {
    expect(parseSource(text)).toEqual(source);
  });

  it.each([
    '',
    'qwen',
    'hf:',
    'hf:a/b',
    'hf:a/b/',
    'hf:../b/m.gguf',
    'hf:a/b/../../m.gguf',
    'hf:a/b/m.gguf@',
    'hf:a/b/m.gguf@-x',
    'hf:a/b/m.gguf#sha256=abc',
    'hf:a/b/m\u001b[2J.gguf',
    'hf:a/b/m\u202efugg.gguf',
    'disk:MODELS',
    'disk:MODELS//etc/passwd',
    'disk:MODELS/../etc/passwd',
    `disk:${'M'.repeat(37)}/m.gguf`,
    'disk:MODELS/m\u0000.gguf',
    'disk:MODELS/m;log-file.gguf',
    'disk:MODELS/m:1.gguf',
    'disk:MODELS/m,n.gguf',
    'disk:MODELS/"m".gguf',
    'https://models.example/m.gguf',
    `http://models.example/m.gguf#sha256=${hash}`,
    `https://user:secret@models.example/m.gguf#sha256=${hash}`,
    `https://models.example/m.gguf#sha256=${hash}0`,
  ])('refuses %j and says why', (text) => {
    const fault = parseSource(text);
    expect(fault).toEqual({ fault: expect.stringMatching(/^(be|begin|end|have|hold) /) });
    expect(JSON.stringify(fault)).not.toContain('secret');
  });

  it('reads what sourceText writes of hub and disk, but for the hash', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/);
    const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const hub = fc.record({
      kind: fc.constant('hub' as const),
      owner: part,
      repository: part,
      file: path,
      revision: fc.oneof(fc.constant('main'), path),
    });
    const disk = fc.record({ kind: fc.constant('disk' as const), label: part, path });
    fc.assert(
      fc.property(fc.oneof(hub, disk), (source) => {
        expect(parseSource(sourceText(source))).toEqual(source);
      }),
    );
  });
});

describe('sourceText', () => {
  it('leaves out the query of a URL, which may hold a signature', () => {
    const url = 'https://models.example/m.gguf?X-Amz-Signature=secret';
    expect(sourceText({ kind: 'web', url, sha256: hash })).toBe('https://models.example/m.gguf');
  });
});

describe('idOfSource', () => {
  it.each([
    ['hf:a/b/Q4/Qwen3 Coder.gguf'.replace(' ', '%20'), 'qwen3-20coder'],
    ['hf:a/b/Qwen3-Coder-Q4_K_M.gguf', 'qwen3-coder-q4_k_m'],
    [`https://h/dir/My%20Model.GGUF?x=1#sha256=${hash}`, 'my-model'],
    [`https://h/100%.gguf#sha256=${hash}`, '100-'],
    [`https://h/#sha256=${hash}`, 'model'],
    ['disk:L/.gguf', 'model'],
    ['disk:L/_é.gguf', 'model'],
  ])('makes of %s the name %s', (text, id) => {
    const source = parseSource(text);
    expect('fault' in source ? source.fault : idOfSource(source)).toBe(id);
  });
});
