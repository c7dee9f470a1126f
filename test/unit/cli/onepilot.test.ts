import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dispatch } from '../../../src/cli/commands/dispatch.ts';
import { exitCodes } from '../../../src/cli/commands/exit-codes.ts';
import { commands } from '../../../src/cli/commands/table.ts';
import { readyStatus, TemporaryAppliance } from './commands/temporary-appliance.ts';

let appliance: TemporaryAppliance;
beforeEach(() => {
  appliance = new TemporaryAppliance();
});
afterEach(() => appliance.remove());

const names = commands.map(({ name }) => name);

describe('help', () => {
  it('is shown when nothing is asked for', async () => {
    const { code, stdout } = await appliance.onepilot();
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "Usage: onepilot COMMAND

      Commands:
        status                     say how the appliance is: ready, loading, degraded or failed, and why
        check [FILE]               validate a context without touching anything
        plan                       show what reconcile would change, and change nothing
        reconcile                  make the machine what its context says now
        models list                list the models: of the image, fetched, on disks, on their way
        models pull SOURCE         fetch a model, and check it
        models verify [NAME]       read every file of weights again and compare it with its hash
        models remove NAME         delete a fetched model, and what has arrived of one
        models explain             show how memory and cores are shared out among the models, and why
        models bench [NAME]        measure how fast a served model reads prompts and writes answers
        keys list                  list the API keys by name, with what each may do; never a key
        keys add NAME              make an API key and show it once
        keys set NAME              change what an API key may do, for how long and how much
        keys rotate NAME           put a new API key in the place of one, and show it once
        keys revoke NAME           make an API key invalid at once
        key                        show the API key that was made on this VM
        usage                      show who used how many tokens, never for what
        certificate status         show which certificates are served, until when, and what comes next
        certificate renew          get another certificate now, from the ACME CA or the own one
        certificate test           try the certificates as clients do, and what an ACME CA looks at
        setup [CLIENT]             show how to connect an editor or agent to this VM
        report                     show endpoint, models, certificate, problems, and a request to try
        logs [PART]                show what has been logged, or by agent, gateway, egress, engine or acme
        support [FILE]             write an archive for a bug report: no secret and no prompt is in it
        help [variables|COMMAND…]  show this, the variables of the context, or one command

      Options:
            --json  print one JSON document instead of text, errors included
        -h, --help  show help

      Exit codes:
        0  done; for status: the appliance is ready; for check and plan: the context is fine
        1  what was asked for is not there, or it failed
        2  wrong usage
        3  the appliance is not ready, or its context has errors (status, check, plan, reconcile)
        4  root is needed

      More on a command: onepilot help COMMAND
      "
    `);
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  });

  it('says how one command is used', async () => {
    expect((await appliance.onepilot('help', 'logs')).stdout).toMatchInlineSnapshot(`
      "Usage: onepilot logs [-f] [-n N] [PART]

      Show what has been logged, or by agent, gateway, egress, engine or acme.

      The journal's lines of our units, oldest first. With --json each line is a document of its own, as
      journalctl -o json writes them.

      Options:
        -f, --follow   go on as lines arrive, until Ctrl-C
        -n, --lines N  show the last N lines (default: 100)
            --json     print one JSON document instead of text, errors included
        -h, --help     show help

      Exit codes:
        0  done; for status: the appliance is ready; for check and plan: the context is fine
        1  what was asked for is not there, or it failed
        2  wrong usage
        3  the appliance is not ready, or its context has errors (status, check, plan, reconcile)
        4  root is needed

      Needs root.
      "
    `);
  });

  it.each(names)('%s explains itself within 100 columns, root or not', async (name) => {
    appliance.isRoot = false;
    const { code, stdout } = await appliance.onepilot(...name.split(' '), '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(`Usage: onepilot ${name}`);
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
    expect(appliance.ran).toEqual([]);
  });

  it('shows the commands of a group together', async () => {
    const { stdout } = await appliance.onepilot('help', 'keys');
    expect(stdout.match(/^Usage: .*/gm)).toEqual([
      'Usage: onepilot keys list',
      'Usage: onepilot keys add [OPTION…] NAME',
      'Usage: onepilot keys set [OPTION…] NAME',
      'Usage: onepilot keys rotate NAME',
      'Usage: onepilot keys revoke NAME',
    ]);
  });

  it('lists the variables of the context', async () => {
    const { code, stdout } = await appliance.onepilot('help', 'variables');
    expect(code).toBe(0);
    expect(stdout).toContain('ONEAPP_COPILOT_API_PASSWORD');
  });

  it('leaves out what only other programs call', async () => {
    expect((await appliance.onepilot()).stdout).not.toContain('service install');
  });

  it('gives programs commands and exit codes', async () => {
    const { stdout } = await appliance.onepilot('help', '--json');
    const parsed: unknown = JSON.parse(stdout);
    expect(parsed).toMatchObject({ exitCodes: JSON.parse(JSON.stringify(exitCodes)) });
  });
});

describe('a wrong command line', () => {
  it.each([
    [['frobnicate'], 'no command «frobnicate»'],
    [['keys'], 'keys list, keys add, keys set, keys rotate, keys revoke'],
    [['keys', 'frobnicate'], 'no command «keys frobnicate»'],
    [['keys', 'add'], 'NAME is missing'],
    [['key', 'extra'], '«extra» is one word too many'],
    [['status', '--verbose'], '--verbose'],
    [['--verbose'], '--verbose'],
    [['logs', '--lines', 'many'], '«many»'],
    [['logs', 'kernel'], '«kernel»'],
    [['help', 'frobnicate'], 'no command «frobnicate»'],
  ])('%j ends with 2 and does nothing', async (args, problem) => {
    const { code, stdout, stderr } = await appliance.onepilot(...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(problem);
    expect(stderr).toContain('See: onepilot help');
    expect(appliance.ran).toEqual([]);
  });

  it('is told as JSON when JSON was asked for, wherever that stands', async () => {
    const { code, stdout, stderr } = await appliance.onepilot('--json', 'keys', 'add');
    expect([code, stderr]).toEqual([2, '']);
    expect(JSON.parse(stdout)).toEqual({
      error: { code: 'COMMAND_USAGE', what: 'NAME is missing.', fix: 'See: onepilot help keys add' },
    });
  });
});

describe('somebody who is not root', () => {
  beforeEach(() => {
    appliance.isRoot = false;
  });

  const forRoot = commands.filter(({ needsRoot }) => needsRoot !== 'never').map(({ name }) => name);
  it.each(forRoot)('may not run %s', async (name) => {
    const words = commands.find((command) => command.name === name)?.words ?? [];
    const needed = words.filter((word) => !word.startsWith('[')).map(() => 'x');
    const { code, stderr } = await appliance.onepilot(...name.split(' '), ...needed);
    expect(code).toBe(4);
    expect(stderr).toContain('Only root may run');
    expect(appliance.ran).toEqual([]);
  });

  it('may see the status', async () => {
    appliance.put('/run/onepilot/status.json', readyStatus);
    expect(await appliance.onepilot('status')).toMatchObject({ code: 0 });
  });

  it('may check a file', async () => {
    appliance.input = "SET_HOSTNAME='pilot'\n";
    expect(await appliance.onepilot('check', '-')).toMatchObject({ code: 0 });
  });
});

describe('what is printed', () => {
  it('holds no control characters of a context', async () => {
    appliance.put('/run/onepilot/status.json', { ...readyStatus, state: 'failed', reason: 'a\u001b[2Jb' });
    const { stdout } = await appliance.onepilot('status');
    expect(stdout).toContain('a [2Jb');
  });

  it('says of an unforeseen fault what it was', async () => {
    const { world } = appliance;
    const inspect = () => Promise.reject(new Error('the disk is on fire'));
    const { code, stderr } = await dispatch(['plan'], { ...world, inspect });
    expect(code).toBe(1);
    expect(stderr).toContain('the disk is on fire');
    expect(stderr).toContain('COMMAND_FAILED');
  });
});
