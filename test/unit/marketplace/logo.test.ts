import { inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { drawLogo } from '../../../src/marketplace/logo/draw-logo.ts';

const png = drawLogo();

/** Red, green, blue and alpha at a place of the picture, from its raw rows. */
function pixelAt(x: number, y: number): number[] {
  const length = png.readUInt32BE(33);
  const rows = inflateSync(png.subarray(41, 41 + length));
  const start = y * (300 * 4 + 1) + 1 + x * 4;
  return [...rows.subarray(start, start + 4)];
}

it('the logo is a PNG of 300 × 300 with alpha', () => {
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  expect(png.subarray(12, 16).toString()).toBe('IHDR');
  expect([png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]]).toEqual([300, 300, 8, 6]);
  expect(png.subarray(37, 41).toString()).toBe('IDAT');
});

it('the logo shows a white wing and a green cursor on blue, and nothing in its corners', () => {
  expect(pixelAt(0, 0)).toEqual([0, 0, 0, 0]);
  expect(pixelAt(150, 120)).toEqual([255, 255, 255, 255]);
  expect(pixelAt(200, 230)).toEqual([60, 224, 176, 255]);
  const [red = 0, , blue = 0] = pixelAt(40, 150);
  expect(blue).toBeGreaterThan(2 * red);
});

it('the logo is drawn the same every time', () => {
  expect(drawLogo().equals(png)).toBe(true);
});
