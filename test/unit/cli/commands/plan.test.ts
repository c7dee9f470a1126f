import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Action, WantedFile } from '../../../../src/bootstrap/plan.ts';
import { units } from '../../../../src/machine/paths.ts';
import { diffLines } from '../../../../src/report/line-diff.ts';
import { planJson, renderPlan, type Seen } from '../../../../src/report/plan-text.ts';
import { TemporaryAppliance } from './temporary-appliance.ts';

const root = { mode: 0o644, uid: 0, gid: 0 } as const;

function write(path: string, content: string, more: Partial<WantedFile> = {}): Action {
  return { do: 'write', file: { path, content, ...root, readBy: [], ...more } };
}

function seen(files: Record<string, string>, mode: number = root.mode): Seen {
  return {
    files: new Map(Object.entries(files).map(([path, content]) => [path, { ...root, mode, content }])),
    directories: new Map([['/etc/onepilot/tls', { mode: 0o755, uid: 0, gid: 0 }]]),
    hostname: 'onepilot',
  };
}

const preset = (size: number) =>
  `version = 1\n\n[smoke]\nmodel = /m.gguf\nctx-size = ${size}\nparallel = 1\nkv-unified = false\nthreads = 2\n`;

describe('the plan as a text', () => {
  it('shows what changes, where, and what runs anew', () => {
    const actions: Action[] = [
      { do: 'make directory', directory: { path: '/etc/onepilot', mode: 0o755, uid: 0, gid: 0 } },
      { do: 'make directory', directory: { path: '/etc/onepilot/tls', mode: 0o750, uid: 0, gid: 990 } },
      { do: 'remember restart', unit: units.engine },
      write('/etc/onepilot/engine.ini', preset(16384)),
      write('/etc/onepilot/gateway.json', '{"keys":["b"]}', { secret: true, mode: 0o640, gid: 990 }),
      write('/etc/hostname', 'pilot\n'),
      write('/etc/hosts', '127.0.0.1 localhost\n127.0.1.1 pilot\n', { mode: 0o600 }),
      { do: 'remove', path: '/etc/systemd/network/10-eth1.network' },
      { do: 'set hostname', hostname: 'pilot' },
      { do: 'reload', unit: units.gateway },
      { do: 'hold requests' },
      { do: 'restart', unit: units.engine },
      { do: 'forget restart', unit: units.engine },
      { do: 'resume requests' },
      { do: 'start', unit: units.firewall },
      { do: 'stop', unit: units.updateLists },
      { do: 'grow root disk', bytes: 512 * 1024 ** 2 },
    ];
    const observed = seen({
      '/etc/onepilot/engine.ini': preset(32768),
      '/etc/onepilot/gateway.json': '{"keys":["a"]}',
      '/etc/hosts': '127.0.0.1 localhost\n127.0.1.1 pilot\n',
    });
    expect(renderPlan(actions, observed)).toMatchInlineSnapshot(`
      "/etc/onepilot/: new (mode 0755, owner 0:0)
      /etc/onepilot/tls/: mode 0755 -> 0750, owner 0:0 -> 0:990

      /etc/onepilot/engine.ini: changed
          @@ -3,5 +3,5 @@
           [smoke]
           model = /m.gguf
          -ctx-size = 32768
          +ctx-size = 16384
           parallel = 1
           kv-unified = false

      /etc/onepilot/gateway.json: changed, mode 0644 -> 0640, owner 0:0 -> 0:990
          content changes (secret, not shown)

      /etc/hostname: new (mode 0644, owner 0:0)
          @@ -0,0 +1,1 @@
          +pilot

      /etc/hosts: mode 0644 -> 0600
      /etc/systemd/network/10-eth1.network: removed
      host name: onepilot -> pilot
      onepilot-gateway.service: reloaded
      requests: new ones are told to come back, those in flight may finish
      onepilot-engine.service: restarted
      requests: let through again
      nftables.service: started
      apt-daily.timer: stopped
      root file system: grows by 512 MiB
      "
    `);
  });

  it.each([
    ['nothing at all', []],
    ['only the memory of a restart that has happened', [{ do: 'forget restart', unit: units.engine }]],
  ] as const)('says that there is nothing to do for %s', (_, actions) => {
    expect(renderPlan(actions, seen({}))).toBe('Nothing to do: the machine is what its context says.\n');
  });

  it('never shows what a secret file holds or held', () => {
    const actions = [
      write('/k', 'new-secret\n', { secret: true }),
      write('/n', 'other-secret\n', { secret: true }),
    ];
    const observed = seen({ '/k': 'old-secret\n' });
    const everything = renderPlan(actions, observed) + JSON.stringify(planJson(actions, observed));
    expect(everything).not.toContain('-secret');
    expect(everything).toContain('content changes (secret, not shown)');
  });

  it('never shows what a removed file held', () => {
    expect(renderPlan([{ do: 'remove', path: '/k' }], seen({ '/k': 'old-secret\n' }))).toBe('/k: removed\n');
  });

  it('says of a secret file whose mode alone changes only that', () => {
    const text = renderPlan([write('/k', 'same', { secret: true })], seen({ '/k': 'same' }, 0o600));
    expect(text).toBe('/k: mode 0600 -> 0644\n');
  });

  it('cuts very long files', () => {
    const text = renderPlan([write('/long', 'x\n'.repeat(5000))], seen({}));
    expect(text.split('\n').length).toBeLessThan(150);
    expect(text).toContain('more lines');
  });

  it('tells a missing newline at the end', () => {
    const text = renderPlan([write('/f', 'a\n')], seen({ '/f': 'a' }));
    expect(text).toContain('-a (no newline at the end)\n    +a\n');
  });
});

describe('a diff of lines', () => {
  const line = fc.constantFrom('a', 'b', 'c', '');
  const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.map((each) => `${each}\n`).join(''));
  const side = (diff: ReturnType<typeof diffLines>, without: '+' | '-') =>
    diff.filter(({ sign }) => sign !== without).map((entry) => `${entry.text}\n`);

  it('holds both texts whole', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = diffLines(before, after);
        expect(side(diff, '+').join('')).toBe(before);
        expect(side(diff, '-').join('')).toBe(after);
      }),
    );
  });

  it('changes no line of a text that is the same', () => {
    fc.assert(
      fc.property(text, (same) => {
        expect(diffLines(same, same).every(({ sign }) => sign === ' ')).toBe(true);
      }),
    );
  });
});

describe('onepilot plan', () => {
  let appliance: TemporaryAppliance;
  beforeEach(() => {
    appliance = new TemporaryAppliance();
  });
  afterEach(() => appliance.remove());

  it('ends with 0 when the context is right', async () => {
    const { code, stdout } = await appliance.onepilot('plan');
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing to do');
  });

  it('ends with 3 and lists the problems when it is wrong', async () => {
    const problem = { code: 'X_Y', variable: 'V', what: 'It is wrong.', fix: 'Make it right.' };
    appliance.inspection = { ...appliance.inspection, errors: [problem] };
    const { code, stdout } = await appliance.onepilot('plan');
    expect(code).toBe(3);
    expect(stdout).toContain('Errors:\n  V (X_Y)\n    It is wrong.\n    Make it right.\n');
  });

  it('gives programs the changes', async () => {
    const actions = [write('/f', 'a\n')];
    appliance.inspection = { ...appliance.inspection, actions, contextSource: undefined };
    const { stdout } = await appliance.onepilot('plan', '--json');
    expect(JSON.parse(stdout)).toEqual({
      contextSource: null,
      changes: [
        {
          do: 'write',
          path: '/f',
          secret: false,
          new: true,
          mode: '0644',
          owner: '0:0',
          diff: ['@@ -0,0 +1,1 @@', '+a'],
        },
      ],
      errors: [],
      warnings: [],
    });
  });
});
