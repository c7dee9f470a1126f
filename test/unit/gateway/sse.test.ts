import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventParser } from '../../../src/gateway/sse.ts';

function parse(chunks: readonly Uint8Array[]): string[] {
  const parser = new EventParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('the event parser', () => {
  it.each([
    ['data: a\n\n', ['a']],
    ['data:a\n\ndata:  b\n\n', ['a', ' b']],
    ['data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['data: a\r\rdata: b\r\r', ['a', 'b']],
    ['data: one\ndata: two\n\n', ['one\ntwo']],
    [':\n\n: ping\n\ndata: a\n\n', ['a']],
    ['event: x\nid: 1\nretry: 5\ndata: a\n\n', ['a']],
    ['\ufeffdata: a\n\n', ['a']],
    ['data\n\n', ['']],
    ['data: a\n', []],
    ['data: a\n\nproxy error: broken', ['a']],
  ])('reads %j', (text, expected) => {
    expect(parse([bytes(text)])).toEqual(expected);
  });

  it.each(['x', 'x\ndata: '])('gives up on an event without end (%j)', (text) => {
    const parser = new EventParser();
    const chunk = bytes(text.repeat(2 ** 20 / text.length));
    parser.push(bytes('data: '));
    expect(() => {
      for (let mebibytes = 0; mebibytes < 40; mebibytes += 1) parser.push(chunk);
    }).toThrow(SyntaxError);
  });

  it('does not care how many events follow one another', () => {
    const parser = new EventParser();
    const chunk = bytes(`data: ${'x'.repeat(2 ** 20)}\n\n`);
    for (let mebibytes = 0; mebibytes < 40; mebibytes += 1) expect(parser.push(chunk)).toHaveLength(1);
  });

  it('does not care where the stream is cut', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replace(/[\r\n]/g, ''));
    const terminator = fc.constantFrom('\n', '\r\n', '\r');
    const cuts = fc.array(fc.nat(400), { maxLength: 20 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), terminator, cuts, (lines, newline, positions) => {
        const text = lines.map((data) => `data: ${data}${newline}${newline}`).join('');
        const all = bytes(text);
        const ends = [...new Set([...positions.filter((at) => at < all.length), all.length])].sort(
          (a, b) => a - b,
        );
        const chunks = ends.map((end, index) => all.slice(ends[index - 1] ?? 0, end));
        expect(parse(chunks)).toEqual(lines);
      }),
    );
  });

  it('survives one byte at a time', () => {
    const all = bytes('data: {"text":"größe 🚀 字"}\r\n\r\n: c\r\n\r\ndata: [DONE]\r\n\r\n');
    expect(parse([...all].map((byte) => Uint8Array.of(byte)))).toEqual(['{"text":"größe 🚀 字"}', '[DONE]']);
  });
});
