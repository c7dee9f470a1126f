import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certificatesOf } from '../../../../../src/cli/commands/certificate/description.ts';
import { failure } from '../../../../../src/errors/catalogue.ts';
import { units } from '../../../../../src/machine/paths.ts';
import { ServedAppliance } from './served-appliance.ts';

let appliance: ServedAppliance;
beforeEach(() => {
  appliance = new ServedAppliance();
  mkdirSync(join(appliance.root, 'run/onepilot-acme'), { recursive: true });
});
afterEach(() => appliance.remove());

const asked = () => join(appliance.root, 'run/onepilot-acme/asked');
const problem = { code: 'ACME_DNS', what: 'The name does not resolve.', fix: 'Make a record for it.' };
const fine = { status: 0, stdout: '', stderr: '' };

/** What the unit does when it is started; the agent does nothing. */
function unitDoes(work: () => void): void {
  appliance.programs.systemctl = ([, , unit]) => {
    if (unit === units.acme) work();
    return fine;
  };
  appliance.programs.journalctl = () => ({ ...fine, stdout: 'looking at the name\nasking the CA\n' });
}

/** The unit takes note of what is asked, once it has begun to look. */
function takeNote(): void {
  rmSync(asked());
}

describe('onepilot certificate renew, where an ACME CA is asked', () => {
  it('asks, shows what the unit says, hands the certificate over, and ends with 0', async () => {
    const trusted = await appliance.withTrusted();
    appliance.wantsAcme(appliance.domain);
    unitDoes(() => {
      takeNote();
      appliance.record({ certificate: appliance.certificateInRecord(trusted) });
    });
    const { code, stdout } = await appliance.onepilot('certificate', 'renew');
    expect(code).toBe(0);
    expect(stdout).toContain('Some CA issued a certificate; it is good until');
    expect(appliance.said).toEqual([expect.any(String), '  looking at the name', '  asking the CA']);
    expect(appliance.ran.filter((line) => line.startsWith('systemctl'))).toEqual([
      'systemctl start onepilot-acme.service',
      'systemctl start onepilot-reconcile.service',
    ]);
  });

  it('shows each line of the unit once, while it goes on and at its end', async () => {
    appliance.wantsAcme(appliance.domain);
    const looked = Promise.withResolvers<void>();
    const lines = ['looking at the name\n', 'asking the CA\n'];
    let looks = 0;
    appliance.programs.systemctl = async () => {
      takeNote();
      await looked.promise;
      return fine;
    };
    appliance.programs.journalctl = () => {
      looked.resolve();
      looks += 1;
      return { ...fine, stdout: lines.slice(0, looks).join('') };
    };
    await appliance.onepilot('certificate', 'renew');
    expect(looks).toBe(2);
    expect(appliance.said.slice(1)).toEqual(['  looking at the name', '  asking the CA']);
  });

  it('starts the unit again when it was under way and had not seen that it was asked', async () => {
    appliance.wantsAcme(appliance.domain);
    let runs = 0;
    unitDoes(() => {
      runs += 1;
      if (runs === 2) takeNote();
    });
    await appliance.onepilot('certificate', 'renew');
    expect(runs).toBe(2);
    expect(existsSync(asked())).toBe(false);
  });

  it('ends with 1 and says why when none came', async () => {
    appliance.wantsAcme(appliance.domain);
    appliance.record();
    unitDoes(() => {
      takeNote();
      appliance.record({ failures: 1, lastFailure: { at: appliance.in(0), stage: 'order', problem } });
    });
    const { code, stdout } = await appliance.onepilot('certificate', 'renew');
    expect(code).toBe(1);
    expect(stdout).toContain('No certificate came.\n\nWhy:\n  ACME_DNS\n    The name does not resolve.');
    expect(stdout).toMatch(/Next attempt: \S+, in 24 hours\n/);
    expect(appliance.ran.join()).not.toContain('reconcile');
  });

  it('tells what the CA forbids from failures: it was not asked at all', async () => {
    appliance.wantsAcme(appliance.domain);
    const lastFailure = { at: appliance.in(-3), stage: 'order', problem };
    appliance.record({ failures: 1, lastFailure, notBefore: appliance.in(7) });
    unitDoes(takeNote);
    const { code, stdout } = await appliance.onepilot('certificate', 'renew');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^The CA was not asked for a certificate\.\nNot before \S+, in 7 hours: the CA wants/,
    );
    const { stdout: json } = await appliance.onepilot('certificate', 'renew', '--json');
    expect(JSON.parse(json)).toMatchObject({
      renewed: false,
      asked: false,
      problem,
      notBefore: appliance.in(7),
    });
  });

  it('tells which limit of CAs is reached, and until when', async () => {
    appliance.wantsAcme(appliance.domain);
    const orders = [-50, -40, -30, -20, -10].map((minutes) => ({
      at: appliance.in(minutes / 60),
      subject: 's',
      outcome: 'failed',
    }));
    appliance.record({ orders });
    unitDoes(takeNote);
    const { stdout } = await appliance.onepilot('certificate', 'renew');
    expect(stdout).toMatch(/Not before \S+, in (19|20) minutes: CAs bear 5 failed validations an hour\./);
  });

  it('says so when the unit itself does not come to its end', async () => {
    appliance.wantsAcme(appliance.domain);
    appliance.programs.systemctl = () => ({ status: 1, stdout: '', stderr: 'Job failed.\nSee it.\n' });
    const { code, stderr } = await appliance.onepilot('certificate', 'renew');
    expect([code, stderr]).toEqual([1, expect.stringContaining('Job failed. See it.')]);
    expect(stderr).toContain('COMMAND_RENEW_STOPPED');
  });

  it('waits for nobody to write to a pipe in the place of its mark', async () => {
    appliance.wantsAcme(appliance.domain);
    execFileSync('mkfifo', [asked()]);
    let runs = 0;
    unitDoes(() => {
      runs += 1;
    });
    await appliance.onepilot('certificate', 'renew');
    expect(runs).toBe(2);
  });

  it('leaves alone what another put in the place of its mark: it is root, and the directory is not its own', async () => {
    appliance.wantsAcme(appliance.domain);
    const other = join(appliance.root, 'other');
    writeFileSync(other, 'kept');
    symlinkSync(other, asked());
    unitDoes(takeNote);
    await appliance.onepilot('certificate', 'renew');
    expect(readFileSync(other, 'utf8')).toBe('kept');
  });
});

describe('onepilot certificate renew, without an ACME CA', () => {
  it('has the own CA sign another with another key, and the gateway take it up', async () => {
    await appliance.withOwn();
    const before = appliance.read('/etc/onepilot/tls/own.pem');
    const authority = appliance.read('/var/lib/onepilot/authority/ca.crt');
    const { code, stdout } = await appliance.onepilot('certificate', 'renew');
    expect(code).toBe(0);
    expect(stdout).toContain('The CA is the same');
    const after = appliance.read('/etc/onepilot/tls/own.pem');
    const [leaf, root] = certificatesOf(after);
    const [old] = certificatesOf(before);
    expect(leaf?.subjectAltName).toBe(old?.subjectAltName);
    expect(leaf?.publicKey.export({ type: 'spki', format: 'pem' })).not.toBe(
      old?.publicKey.export({ type: 'spki', format: 'pem' }),
    );
    expect(root?.fingerprint256).toBe(certificatesOf(authority)[0]?.fingerprint256);
    expect(appliance.read('/var/lib/onepilot/authority/ca.crt')).toBe(authority);
    expect(appliance.reloads).toBe(1);
  });

  it('has done so when the gateway does not run: it serves the certificate when it starts', async () => {
    await appliance.withOwn();
    const before = appliance.read('/etc/onepilot/tls/own.pem');
    appliance.reloadError = failure('GATEWAY_CONTROL_UNREACHABLE', { socket: '/x', reason: 'ENOENT' });
    const { code, stderr } = await appliance.onepilot('certificate', 'renew');
    expect([code, stderr]).toEqual([0, expect.stringContaining('when it starts')]);
    expect(appliance.read('/etc/onepilot/tls/own.pem')).not.toBe(before);
  });

  it('says what to do where the agent has made nothing yet', async () => {
    const { code, stderr } = await appliance.onepilot('certificate', 'renew');
    expect([code, stderr]).toEqual([1, expect.stringContaining('COMMAND_RENEW_WITHOUT_CA')]);
  });

  it('does so where an ACME CA is to be asked and cannot be, and says that', async () => {
    await appliance.withOwn();
    appliance.context = "ONEAPP_COPILOT_TLS_ADDRESS='auto'\nONEAPP_COPILOT_TLS_MODE='acme'\n";
    const { code, stderr } = await appliance.onepilot('certificate', 'renew');
    expect([code, stderr]).toEqual([0, expect.stringContaining('wants one of an ACME CA')]);
  });

  it('says where a certificate is replaced that the context gives', async () => {
    await appliance.withOwn();
    await appliance.withTrusted();
    const { code, stderr } = await appliance.onepilot('certificate', 'renew');
    expect([code, stderr]).toEqual([1, expect.stringContaining('ONEAPP_COPILOT_TLS_CERTIFICATE')]);
    expect(appliance.reloads).toBe(0);
  });
});
