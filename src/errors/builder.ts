/** The builder's part of the error catalogue (see catalogue.ts). */
export const builderErrors = {
  BUILD_BAD_OPTION: { what: '{problem}', fix: 'See `{command} -- --help`.' },
  BUILD_COMMAND_FAILED: {
    what: '`{command}` failed ({exit}):\n{output}',
    fix: 'The whole output is in the log file; correct the cause and run the same command again: finished stages are reused.',
  },
  BUILD_DISK_FULL: {
    what: 'The disk ran full during {stage}.',
    fix: 'Free some space at {path} and for temporary files, then run the same command again: it continues with this stage.',
  },
  BUILD_INTERRUPTED: {
    what: 'Interrupted during {stage}.',
    fix: 'Run the same command again: it continues with this stage.',
  },
  BUILD_LOCKED: {
    what: 'Another build (process {pid}) is using the cache.',
    fix: 'Wait for it to end, or set ONEPILOT_CACHE to another directory. The lock is {path}.',
  },
  BUILD_NOT_DEBIAN: {
    what: 'This machine is no Debian.',
    fix: 'Build on Debian 12 or later, for example in a VM or a container with root.',
  },
  BUILD_NOT_ROOT: {
    what: 'Building and booting an image needs root: filesystems with root-owned files are made here.',
    fix: 'Run the same command as root, for example with sudo -E.',
  },
  BUILD_NO_DEBIAN_SOURCES: {
    what: 'No Debian package sources were found in {places}.',
    fix: 'Name a mirror: npm run image -- --mirror URL.',
  },
  BUILD_NO_ENGINE: {
    what: 'llama-server has not been built on this machine.',
    fix: 'Run npm run image -- --only engine (about 10 minutes on two cores), or point ONEPILOT_ENGINE at a directory that holds llama-server.',
  },
  BUILD_NO_MEMORY: {
    what: 'This machine has {memory} GiB of memory; {need} GiB are needed.',
    fix: 'Use a machine with more memory.',
  },
  BUILD_NO_SPACE: {
    what: 'Only {free} GiB are free at {path}; {need} GiB are needed.',
    fix: 'Free some space, or use a larger disk: ONEPILOT_CACHE names where builds work, --output where the result goes.',
  },
  BUILD_PACKAGES_MISSING: {
    what: 'These Debian packages are needed and could not be installed: {packages}.',
    fix: 'Check network and package sources, then: apt-get update && apt-get install --no-install-recommends {packages}',
  },
  BUILD_PATCH_FAILED: {
    what: '{file} does not apply to the source of llama.cpp: {reason}',
    fix: 'The patches in appliance/engine were made for the release that package-lock.json pinned then: make this one anew for the release that is pinned, or remove it when that does the same.',
  },
  BUILD_STALE_MODULES: {
    what: '{path} is missing from node_modules.',
    fix: 'Run npm ci, then the same command again.',
  },
  BUILD_UNKNOWN_PROFILE: {
    what: 'There is no profile «{profile}».',
    fix: 'Choose one of: {profiles}.',
  },
  CATALOGUE_UNREADABLE: {
    what: 'The catalogue of models cannot be read from {file}: {reason}.',
    fix: 'Name another with --catalogue FILE; on a VM, install the image again.',
  },
  CATALOGUE_WRONG: {
    what: 'The catalogue of models in {file} is wrong:\n{problems}',
    fix: 'Correct the file; src/models/catalogue/schema.ts says what each field means.',
  },
  VM_NOT_AN_IMAGE: {
    what: '{path} is not a bootable disk image: {reason}.',
    fix: 'Give the qcow2 file that npm run image wrote, or leave --image out to use output/onepilot-smoke.qcow2.',
  },
  VM_NO_IMAGE: {
    what: 'There is no image at {path}.',
    fix: 'Build one with npm run image, or name one with --image FILE.',
  },
  VM_PORT_TAKEN: {
    what: 'Port {port} on 127.0.0.1 is taken.',
    fix: 'Choose another with --port NUMBER, or stop what is using it.',
  },
  VM_BAD_CONTEXT: {
    what: '{problem}',
    fix: 'Write context values as KEY=VALUE, in a file one a line; the key in capital letters, digits and underscores.',
  },
  VM_NOT_READY: {
    what: 'The VM was not ready after {seconds} s. The end of its console:\n{console}',
    fix: 'The whole console is in {path}. Slow machines may need --timeout SECONDS.',
  },
  VM_FAILED: {
    what: 'The appliance reports: {reason}. The end of its console:\n{console}',
    fix: 'The whole console is in {path}; correct the context and boot again.',
  },
  VM_DIED: {
    what: 'QEMU ended before the VM was ready: {reason}',
    fix: 'Correct what QEMU names: --cpu and --memory must suit this machine, --uefi needs the package ovmf. If it says exit 0, the guest powered itself off: its console is in {path}.',
  },
  VM_PROOF_FAILED: {
    what: 'The VM does not answer as it must: {problem}',
    fix: 'The VM is powered off now; its console and its disk are kept in {path}.',
  },
  VM_PATH_TOO_LONG: {
    what: '{path} is too long for the path of a socket, which has at most {longest} bytes.',
    fix: 'Set ONEPILOT_CACHE (in tests: TMPDIR) to a directory with a shorter path.',
  },
  VM_TOOLS_MISSING: {
    what: 'These Debian packages are needed to boot an image: {packages}.',
    fix: 'apt-get update && apt-get install --no-install-recommends {packages}',
  },
  DEV_ENGINE_FAILED: {
    what: 'llama-server did not start. The end of its log:\n{log}',
    fix: 'Build it anew with npm run image -- --only engine --rebuild engine, or correct ONEPILOT_ENGINE if it is set.',
  },
} as const;
