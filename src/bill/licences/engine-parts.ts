/** Code of others that llama.cpp carries and that ends up in the engine's files. */
export interface EnginePart {
  readonly name: string;
  /** SPDX expression. */
  readonly licence: string;
  readonly url: string;
  /** File in llama.cpp's source with the licence's text. */
  readonly text: string;
  /** The text is in a comment of that file. */
  readonly inComment?: true;
  /** File that tells the version, if it is not that of the text. */
  readonly versionIn?: string;
  /** Its groups are the numbers of the version. */
  readonly versionPattern?: RegExp;
}

/** From vendor/, ggml/ and scripts/sync_vendor.py of the pinned release; tools/mtmd and tools/server link them. */
export const engineParts: readonly EnginePart[] = [
  {
    name: 'cpp-httplib',
    licence: 'MIT',
    url: 'https://github.com/yhirose/cpp-httplib',
    text: 'vendor/cpp-httplib/LICENSE',
    versionIn: 'vendor/cpp-httplib/httplib.h',
    versionPattern: /^#define CPPHTTPLIB_VERSION "([\d.]+)"/m,
  },
  {
    name: 'json',
    licence: 'MIT',
    url: 'https://github.com/nlohmann/json',
    text: 'licenses/LICENSE-jsonhpp',
    versionIn: 'vendor/nlohmann/json.hpp',
    versionPattern:
      /VERSION_MAJOR (\d+)[^\n]*\n#define NLOHMANN_JSON_VERSION_MINOR (\d+)[^\n]*\n#define NLOHMANN_JSON_VERSION_PATCH (\d+)/,
  },
  {
    name: 'miniaudio',
    licence: 'Unlicense OR MIT-0',
    url: 'https://github.com/mackron/miniaudio',
    text: 'vendor/miniaudio/miniaudio.h',
    inComment: true,
    versionPattern:
      /MA_VERSION_MAJOR +(\d+)\n#define MA_VERSION_MINOR +(\d+)\n#define MA_VERSION_REVISION +(\d+)/,
  },
  {
    name: 'stb_image',
    licence: 'MIT OR Unlicense',
    url: 'https://github.com/nothings/stb',
    text: 'vendor/stb/stb_image.h',
    inComment: true,
    versionPattern: /^\/\* stb_image - v([\d.]+) /,
  },
  {
    name: 'subprocess.h',
    licence: 'Unlicense',
    url: 'https://github.com/sheredom/subprocess.h',
    text: 'vendor/sheredom/subprocess.h',
    inComment: true,
  },
  {
    name: 'sha256.c',
    licence: 'LicenseRef-public-domain',
    url: 'https://github.com/jb55/sha256.c',
    text: 'vendor/hash/sha256/LICENSE',
  },
  {
    name: 'rotate-bits.h',
    licence: 'MIT',
    url: 'https://github.com/jb55/rotate-bits.h',
    text: 'vendor/hash/rotate-bits/LICENSE.md',
  },
  {
    name: 'llamafile-sgemm',
    licence: 'MIT',
    url: 'https://github.com/mozilla-ai/llamafile',
    text: 'ggml/src/ggml-cpu/llamafile/sgemm.cpp',
    inComment: true,
  },
];
