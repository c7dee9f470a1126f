import { expect, it } from 'vitest';
import { commandOf } from '../../../src/bench/appliance.ts';
import { unitCommand } from '../../../src/bench/unit-command.ts';
import { units } from '../../../src/machine/paths.ts';

it("starts a unit's command with the unit's environment and nothing of ours", () => {
  const command = unitCommand('[Service]\nEnvironment=A=1\nEnvironment=B=2\nExecStart=/bin/x --y z\n');
  expect(command.slice(0, 2)).toEqual(['env', '-i']);
  expect(command.slice(-5)).toEqual(['A=1', 'B=2', '/bin/x', '--y', 'z']);
});

it('finds a plain command, without quotes or specifiers, in every unit the bench starts', async () => {
  for (const unit of [units.agent, units.reconcile, units.engine, units.gateway]) {
    const command = await commandOf(unit);
    expect(command.some((word) => word.startsWith('/usr/lib/onepilot/'))).toBe(true);
    expect(command.join(' ')).not.toMatch(/["'\\%]/);
  }
});
