/**
 * Ends of names that lead nowhere outside a network, so that no public CA certifies them: reserved (RFC 6761, RFC
 * 6762, RFC 7686, RFC 8375, RFC 9476), set aside by ICANN (internal), or used like that for so long that they will
 * not be given out (ICANN's name collisions: corp, home, mail) or are no domains (the others).
 */
const privateEnds = [
  'alt',
  'arpa',
  'corp',
  'example',
  'home',
  'internal',
  'intranet',
  'invalid',
  'lan',
  'local',
  'localdomain',
  'localhost',
  'mail',
  'onion',
  'private',
  'test',
];

/** Whether a name in lower case may lead here from anywhere, as far as its end tells. */
export function isPublicName(name: string): boolean {
  const end = name.slice(name.lastIndexOf('.') + 1);
  return name.includes('.') && !privateEnds.includes(end);
}
