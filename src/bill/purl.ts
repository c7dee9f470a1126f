/** Percent-encodes as package URLs want it: a colon stays (package-url/purl-spec, "Rules for each purl component"). */
function encoded(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%3A', ':')
    .replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * A package URL (package-url/purl-spec).
 * @param path namespace and name
 */
export function packageUrl(
  type: string,
  path: readonly string[],
  version: string,
  qualifiers: Readonly<Record<string, string>> = {},
): string {
  const named = Object.entries(qualifiers).sort(([a], [b]) => (a < b ? -1 : 1));
  const query = named.map(([key, value]) => `${key}=${encoded(value)}`).join('&');
  return `pkg:${type}/${path.map(encoded).join('/')}@${encoded(version)}${query && `?${query}`}`;
}
