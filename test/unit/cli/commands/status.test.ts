import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { units } from '../../../../src/machine/paths.ts';
import { readyStatus, TemporaryAppliance } from './temporary-appliance.ts';

let appliance: TemporaryAppliance;
beforeEach(() => {
  appliance = new TemporaryAppliance();
});
afterEach(() => appliance.remove());

const problem = {
  code: 'CONTEXT_BAD_NUMBER',
  variable: 'ONEAPP_COPILOT_CPU_THREADS',
  what: 'It must be a whole number.',
  fix: 'Set it to one.',
};

function report(status: Record<string, unknown>): void {
  appliance.put('/run/onepilot/status.json', { ...readyStatus, ...status });
}

describe('onepilot status', () => {
  it('shows everything that is known', async () => {
    report({ state: 'degraded', reason: 'The context is wrong.', errors: [problem] });
    appliance.unitStates[units.engine] = 'activating';
    const { code, stdout } = await appliance.onepilot('status');
    expect(code).toBe(3);
    expect(stdout).toMatchInlineSnapshot(`
      "State     degraded, since 2026-11-21T04:00:00Z
      Reason    The context is wrong.
      Endpoint  https://10.0.0.5/v1
      Models    smoke
      Context   context disk
      Engine    activating
      Gateway   active
      Version   0.2.0

      Errors:
        ONEAPP_COPILOT_CPU_THREADS (CONTEXT_BAD_NUMBER)
          It must be a whole number.
          Set it to one.
      "
    `);
  });

  it('says whose certificate is served beside the own CA’s', async () => {
    const notAfter = '2027-02-19T04:00:00.000Z';
    const certificate = {
      source: 'earlier',
      names: ['a.example.org'],
      addresses: [],
      issuer: 'R11',
      notAfter,
    };
    report({ certificate });
    const { stdout } = await appliance.onepilot('status');
    expect(stdout).toContain('Certificate  a.example.org (the one from before, of R11, until 2027-02-19)\n');
  });

  it('ends with 0 when the appliance is ready', async () => {
    report({});
    expect(await appliance.onepilot('status')).toMatchObject({ code: 0 });
  });

  it.each([units.engine, units.gateway])('does not say ready while %s is dead', async (unit) => {
    report({});
    appliance.unitStates[unit] = 'failed';
    const { code, stdout } = await appliance.onepilot('status', '--json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'degraded', reason: `${unit} is failed.` });
  });

  it('keeps the reason the agent gave while a unit is dead', async () => {
    report({ state: 'failed', reason: 'No memory.' });
    appliance.unitStates[units.engine] = 'failed';
    expect((await appliance.onepilot('status')).stdout).toContain('No memory.');
  });

  it.each(['booting', 'configuring', 'loading', 'degraded', 'failed'])(
    'ends with 3 while %s',
    async (state) => {
      report({ state });
      expect(await appliance.onepilot('status')).toMatchObject({ code: 3 });
    },
  );

  it('says so when the agent has not reported yet', async () => {
    const { code, stderr } = await appliance.onepilot('status');
    expect(code).toBe(3);
    expect(stderr).toContain('The agent has not reported yet.');
    expect(stderr).toContain('journalctl -u onepilot-agent');
  });

  it('says so when the file is damaged', async () => {
    appliance.put('/run/onepilot/status.json', '{"state":');
    expect(await appliance.onepilot('status', '--json')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('COMMAND_STATUS_BROKEN'),
    });
  });

  it('tells programs the units beside the status', async () => {
    report({});
    const { stdout } = await appliance.onepilot('status', '--json');
    expect(JSON.parse(stdout)).toEqual({
      ...readyStatus,
      units: {
        [units.engine]: { state: 'active', restarts: 0 },
        [units.gateway]: { state: 'active', restarts: 0 },
      },
    });
  });
});

describe('onepilot reconcile', () => {
  const start = 'systemctl start onepilot-reconcile.service';

  it('runs the agent, waits, and shows the status then', async () => {
    appliance.programs.systemctl = () => {
      report({ state: 'degraded', reason: 'No memory.' });
      return { status: 0, stdout: '', stderr: '' };
    };
    const { code, stdout } = await appliance.onepilot('reconcile');
    expect(appliance.ran).toEqual([start]);
    expect(code).toBe(3);
    expect(stdout).toContain('No memory.');
  });

  it('runs again when a run was under way that may have read the context before', async () => {
    report({});
    appliance.unitStates[units.reconcile] = 'activating';
    expect(await appliance.onepilot('reconcile')).toMatchObject({ code: 0 });
    expect(appliance.ran).toEqual([start, start]);
  });

  it('shows no old status when the run has crashed', async () => {
    report({});
    appliance.programs.systemctl = () => ({ status: 1, stdout: '', stderr: 'Job failed.\nSee it.\n' });
    const { code, stdout, stderr } = await appliance.onepilot('reconcile');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('Job failed. See it.');
  });

  it('comes back at once with --no-wait', async () => {
    expect(await appliance.onepilot('reconcile', '--no-wait')).toMatchObject({ code: 0 });
    expect(appliance.ran).toEqual(['systemctl start --no-block onepilot-reconcile.service']);
  });
});

describe('onepilot report', () => {
  it('shows the report as it is', async () => {
    appliance.put('/etc/one-appliance/config', '[OnePilot]\nstate = ready\n');
    expect(await appliance.onepilot('report')).toEqual({
      code: 0,
      stdout: '[OnePilot]\nstate = ready\n',
      stderr: '',
    });
  });

  it('gives programs its sections, names that occur twice included', async () => {
    appliance.put('/etc/one-appliance/config', '[A]\nm = 1\nm = 2\n\n[B]\nx = y\n');
    const { stdout } = await appliance.onepilot('report', '--json');
    expect(JSON.parse(stdout)).toEqual({ sections: { A: ['m = 1', 'm = 2'], B: ['x = y'] } });
  });

  it('ends with 1 when there is none', async () => {
    expect(await appliance.onepilot('report')).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('onepilot logs', () => {
  it('shows the last lines of all our units', async () => {
    await appliance.onepilot('logs');
    expect(appliance.ran).toEqual(['journalctl --no-pager --lines=100 --unit=onepilot-*']);
  });

  it('follows one part', async () => {
    await appliance.onepilot('logs', '-f', '-n', '20', 'gateway');
    expect(appliance.ran).toEqual([
      'journalctl --no-pager --lines=20 --follow --unit=onepilot-gateway.service',
    ]);
  });

  it("hands on the journal's own JSON and exit status", async () => {
    appliance.attached = 1;
    expect(await appliance.onepilot('logs', '--json', 'agent')).toEqual({ code: 1, stdout: '', stderr: '' });
    expect(appliance.ran[0]).toContain('--output=json');
  });
});

describe('onepilot service', () => {
  it.each(['configure', 'bootstrap'])('%s is the agent, and ends as it does', async (step) => {
    appliance.attached = 3;
    expect(await appliance.onepilot('service', step)).toMatchObject({ code: 3 });
    expect(appliance.ran).toEqual([`/usr/lib/onepilot/node /usr/lib/onepilot/agent.mjs ${step}`]);
  });

  it('install has nothing to do', async () => {
    expect(await appliance.onepilot('service', 'install', '1.0')).toMatchObject({ code: 0 });
    expect(appliance.ran).toEqual([]);
  });

  it.each([[['service']], [['service', 'help']]])('%j names the appliance and its steps', async (args) => {
    appliance.put(
      '/etc/one-appliance/metadata',
      'name: OnePilot\nversion: 0.2.0\nshort_description: A copilot\n',
    );
    const { code, stdout } = await appliance.onepilot(...args);
    expect(code).toBe(0);
    expect(stdout).toContain('OnePilot 0.2.0\nA copilot\n');
    expect(stdout).toContain('service bootstrap');
  });
});
