import { join } from 'node:path';

/** Units that the agent starts, stops or looks at. */
export const units = {
  engine: 'onepilot-engine.service',
  gatewaySocket: 'onepilot-gateway.socket',
  gateway: 'onepilot-gateway.service',
  egressSocket: 'onepilot-egress.socket',
  egress: 'onepilot-egress.service',
  acme: 'onepilot-acme.service',
  acmeTimer: 'onepilot-acme.timer',
  network: 'systemd-networkd.service',
  agent: 'onepilot-agent.service',
  reconcile: 'onepilot-reconcile.service',
  reportReady: 'onepilot-report-ready.service',
  fetchModels: 'onepilot-models.service',
  firewall: 'nftables.service',
  updateLists: 'apt-daily.timer',
  updateInstall: 'apt-daily-upgrade.timer',
  /** One-context's own: looks whether the context has changed, and runs its hooks if so. */
  contextReconfigure: 'one-context-reconfigure.service',
} as const;

export type Unit = (typeof units)[keyof typeof units];

/** Starts what notices changes of context, disks, network and clock (appliance/rootfs). */
export const watcher = 'onepilot-watch.target';
export type Watcher = typeof watcher;

/** Group whose members may read the gateway's files. */
export const gatewayGroup = 'onepilot-gateway';

/** Group of the egress alone, which may read the upstreams' keys. */
export const egressGroup = 'onepilot-egress';

/** Group of the unit that gets certificates from a CA (src/certificates/acme/). */
export const acmeGroup = 'onepilot-acme';

/**
 * Where that unit puts what the CA wants to see, for the gateway to show: `http-01/TOKEN` (RFC 8555, section 8.3),
 * `tls-alpn-01/SERVER-NAME.pem` (RFC 8737: key and certificate in one file; an address stands there as the reverse
 * name that RFC 8738, section 6 has as server name). A path of the running system.
 */
export const challengeDirectory = '/run/onepilot-acme';

/** Where the egress listens, for the gateway alone; a path of the running system. */
export const egressSocket = '/run/onepilot-egress.sock';

/** Where the engine listens; a path of the running system, whatever the root. */
export const engineSocket = '/run/onepilot-engine/engine.sock';

/** Where the gateway takes orders from root: reload, hold, resume (src/gateway/control.ts). */
export const gatewayControl = '/run/onepilot-gateway/control.sock';

/** Every path the agent reads or writes, below `root` (`/` on the appliance, a temporary one in tests). */
export function pathsUnder(root: string) {
  const at = (path: string) => join(root, path);
  return {
    contextDevice: at('/dev/disk/by-label/CONTEXT'),
    /** Where the context disk is mounted while it is read; root alone may look in. */
    contextMounts: at('/run/onepilot/context-disk'),
    udevQueue: at('/run/udev/queue'),
    /** Where this is, network, host name, users and SSH keys are one-context's. */
    oneContextDaemon: at('/usr/sbin/one-contextd'),
    /** A directory that is there while one-context runs hooks. */
    oneContextLock: at('/run/one-context/one-context.lock'),
    /** One-context's copy of the context disk's `context.sh`, as of its first stage. */
    oneContextLocal: at('/run/one-context/context.sh.local'),
    /** The same as of its last stage. */
    oneContext: at('/run/one-context/context.sh.network'),
    /** What cloud-init read, root alone may see it. */
    cloudInit: at('/run/cloud-init/instance-data-sensitive.json'),
    contextFile: at('/context/context.sh'),
    imageFacts: at('/usr/share/onepilot/image.json'),
    models: at('/var/lib/onepilot/models'),
    catalogue: at('/usr/share/onepilot/catalogue.yaml'),
    /** How far the fetching unit is (src/models/progress.ts); for root and the gateway. */
    fetching: at('/run/onepilot/models.json'),
    /** Where disks with models are mounted, each below its label. */
    disks: at('/run/onepilot/disks'),
    disksByLabel: at('/dev/disk/by-label'),
    mounts: at('/proc/mounts'),
    apiKey: at('/var/lib/onepilot/api-key'),
    /** Salts of chosen passwords are derived from it (src/bootstrap/current.ts). */
    saltKey: at('/var/lib/onepilot/salt-key'),
    state: at('/var/lib/onepilot'),
    authority: at('/var/lib/onepilot/authority'),
    authorityKey: at('/var/lib/onepilot/authority/ca.key'),
    authorityCertificate: at('/var/lib/onepilot/authority/ca.crt'),
    configuration: at('/etc/onepilot'),
    gatewayConfiguration: at('/etc/onepilot/gateway.json'),
    /** Keys that the admin added or revoked with `onepilot keys` (src/keys/store.ts). */
    keyStore: at('/etc/onepilot/keys.json'),
    /** The gateway's own: the ledger (StateDirectory= of its unit). */
    gatewayState: at('/var/lib/onepilot-gateway'),
    /** Addresses and keys of upstreams (src/egress/configuration.ts), for the egress alone. */
    upstreams: at('/etc/onepilot/upstreams.json'),
    enginePreset: at('/etc/onepilot/engine.ini'),
    tls: at('/etc/onepilot/tls'),
    serverCertificate: at('/etc/onepilot/tls/server.crt'),
    serverKey: at('/etc/onepilot/tls/server.key'),
    /** Key and chain of the own CA's certificate in one file (src/certificates/identity.ts). */
    ownIdentity: at('/etc/onepilot/tls/own.pem'),
    /** The same of the certificate that others trust too: provided or of ACME. Not there when there is none. */
    trustedIdentity: at('/etc/onepilot/tls/trusted.pem'),
    /** What certificate is wanted of ACME (src/certificates/acme/wanted.ts). */
    acmeWanted: at('/etc/onepilot/acme.json'),
    /** That unit's own (StateDirectory=): account keys, orders, record.json. */
    acmeState: at('/var/lib/onepilot-acme'),
    /** What it did and what comes next (src/certificates/acme/record.ts). */
    acmeRecord: at('/var/lib/onepilot-acme/record.json'),
    /** The certificate it got last, as `joinIdentity` writes it. */
    acmeIdentity: at('/var/lib/onepilot-acme/certificate.pem'),
    /** Somebody wants an order, due or not (`onepilot certificate renew`). Made by root, removed by that unit. */
    acmeAsked: at('/run/onepilot-acme/asked'),
    /** The gateway cannot see /var/lib/onepilot, so it hands out this copy of the CA's certificate. */
    servedAuthority: at('/etc/onepilot/tls/ca.crt'),
    networkFiles: at('/etc/systemd/network'),
    groups: at('/etc/group'),
    hostname: at('/etc/hostname'),
    hosts: at('/etc/hosts'),
    kernelHostname: at('/proc/sys/kernel/hostname'),
    sshDirectory: at('/root/.ssh'),
    authorizedKeys: at('/root/.ssh/authorized_keys'),
    /** Which run of the agent was the last to configure the machine; earlier ones that still wait give up. */
    latestRun: at('/run/onepilot/latest-run'),
    /** READY=YES has been told to OneGate since the machine started. */
    readyReported: at('/run/onepilot/ready-reported'),
    /** Made by the first of one-context's hooks that are ours, removed by the last, which tells READY=YES then. */
    hooksAtWork: at('/run/onepilot/hooks-at-work'),
    /** The status that OneGate was told last in this boot. */
    oneGateTold: at('/run/onepilot/onegate-told'),
    engineProcesses: at('/sys/fs/cgroup/system.slice/onepilot-engine.service/cgroup.procs'),
    processes: at('/proc'),
    /** Units that must still be restarted because of a file already written; gone after a reboot, as it should. */
    pending: at('/run/onepilot/pending'),
    /** What `GET /status` and `onepilot status` say (src/report/status.ts); readable by all, holds no secret. */
    appliance: at('/run/onepilot/status.json'),
    /** Somebody saw a change: the machine must be looked at again. Made by udev's rule, removed by the agent. */
    lookAgain: at('/run/onepilot/look-again'),
    firewall: at('/etc/nftables.conf'),
    report: at('/etc/one-appliance/config'),
    status: at('/etc/one-appliance/status'),
    motd: at('/etc/motd'),
    logs: at('/var/log/one-appliance'),
    consoles: ['tty1', 'ttyS0', 'hvc0'].map((name) => at(`/dev/${name}`)),
    interfaces: at('/sys/class/net'),
  } as const;
}

export type Paths = ReturnType<typeof pathsUnder>;
