import { expect, it } from 'vitest';
import { isHarmless } from '../../../../src/gateway/dialects/patterns.ts';

it.each([
  '',
  '^[a-z]+$',
  '^\\d{4}-\\d{2}-\\d{2}$',
  '^(foo|bar)+$',
  '^[A-Z]{2,}$',
  '^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\\.[a-zA-Z]{2,}$',
  '^(?:[0-9a-f]{8})(?:-[0-9a-f]{4})$',
  '^[(a+)]+$',
  '^\\(a+\\)+$',
  '^#(\\w\\w\\w|\\w\\w\\w\\w\\w\\w)$',
  '^.{0,128}$',
  '((((a',
  '[[[[a+',
])('%s may be a grammar', (pattern) => {
  expect(isHarmless(pattern)).toBe(true);
});

it.each([
  '^(((a?){1,9}b?){1,9}c?){1,9}$',
  '^((a?b?c?)?(a?b?c?)?)?$',
  '^(a?){200}$',
  '^([a-z]+)*$',
  '^(x(y(z*)))+$',
  '^(?:a+)+$',
  '^(\\)a+)+$',
  '^([)]a+)+$',
  '^a{9}{9}{9}$',
  '^a+?$',
  '^a{ 9}$',
  '^a{9x}$',
  '^a{0,99999999999}$',
  '^a{100}a{,100}$',
  `^${'a'.repeat(200)}$`,
])('%s may not', (pattern) => {
  expect(isHarmless(pattern)).toBe(false);
});
