import { describe, expect, it, test } from 'vitest';
import { emailProblem, urlProblem } from '../../../../src/marketplace/checks/check-urls.ts';

const published = { rehearsal: false };

describe('a URL to publish', () => {
  test.each([
    'https://images.metodo.es/',
    'https://dl.news-local.org/onepilot.qcow2',
    'https://mein-test.com/a.qcow2',
    'https://github.com/onepilot/onepilot/releases/download/v0.2.0/a.qcow2',
    'https://yourls.org/example/a.qcow2',
    'https://internal.metodo.es/lan/a.qcow2',
    'https://example.com.metodo.es/a.qcow2',
    'https://8.8.8.8/a.qcow2',
    'https://[2a00:1450:4001::1]/a.qcow2',
    'https://bücher.de/a.qcow2',
  ])('may be %s', (address) => {
    expect(urlProblem(address, published)).toBeUndefined();
  });

  test.each([
    'https://downloads.onepilot.internal/',
    'https://downloads.onepilot.internal./',
    'https://DOWNLOADS.ONEPILOT.INTERNAL/',
    'https://host.lan/',
    'https://host.local/',
    'https://nas.home.arpa/',
    'https://build.test/',
    'https://a.invalid/',
    'https://localhost:8080/',
    'https://downloads/',
    'https://10.0.0.1/',
    'https://192.168.1.5:8443/',
    'https://127.1/',
    'https://0x7f.0.0.1/',
    'https://[::1]/',
    'https://[fd00::1]/',
    'https://203.0.113.7/',
  ])('is not %s, which leads nowhere on the internet', (address) => {
    expect(urlProblem(address, published)).toContain('leads nowhere on the internet');
  });

  test.each([
    'TODO',
    'https://TODO/',
    'https://github.com/todo/releases/',
    'https://s3.amazonaws.com/your-bucket/',
    'https://yourcompany.com/',
    'https://downloads.example.com/',
    'https://example.org/',
    'https://onepilot.example/',
    'https://<host>/',
    'https://changeme.de/',
  ])('is not %s, which is a placeholder', (address) => {
    expect(urlProblem(address, published)).toBe('is a placeholder');
  });

  test.each([
    'http://metodo.es/',
    'ftp://metodo.es/',
    'https://me:secret@metodo.es/',
    'metodo.es/a',
    'https://metodo.es/a b',
  ])('is not %s, which is no https URL', (address) => {
    expect(urlProblem(address, published)).toContain('https');
  });

  it('is below .internal in a rehearsal alone, where no other local name is let through', () => {
    const rehearsal = { rehearsal: true };
    expect(urlProblem('https://downloads.onepilot.internal/', rehearsal)).toBeUndefined();
    expect(urlProblem('https://host.lan/', rehearsal)).toContain('leads nowhere');
    expect(urlProblem('https://10.0.0.1/', rehearsal)).toContain('leads nowhere');
    expect(urlProblem('http://downloads.onepilot.internal/', rehearsal)).toContain('https');
  });
});

describe("a publisher's e-mail address", () => {
  test.each(['info@metodo.es', 'k@mein-test.com', 'local@dl.news-local.org', 'your.name.is@metodo.es'])(
    'may be %s',
    (address) => {
      expect(emailProblem(address)).toBeUndefined();
    },
  );

  test.each([
    ['x@yourcompany.com', 'placeholder'],
    ['you@example.org', 'placeholder'],
    ['todo@metodo.es', 'placeholder'],
    ['me@host.lan', 'leads nowhere'],
    ['me@onepilot.internal', 'leads nowhere'],
    ['me@localhost', 'no e-mail address'],
    ['somebody', 'no e-mail address'],
    ['a@b@metodo.es', 'no e-mail address'],
  ])('is not %s', (address, problem) => {
    expect(emailProblem(address)).toContain(problem);
  });
});
