/**
 * What OneGate makes of the attributes a VM sends, faults included, before it hands them to OpenNebula's core:
 * the behaviour of `escape_attr` in src/onegate/onegate-server.rb. It means to put values into quotes.
 */
export function escapeAttributes(text: string): string {
  const characters = [...text];
  let escaped = '';
  let isOpen = false;
  characters.forEach((character, index) => {
    // In Ruby, what stands before the first character is the last one.
    const before = characters.at(index - 1);
    const after = characters[index + 1];
    if (character === '=' && !isOpen && after !== '[' && after !== '"') {
      escaped += '="';
      isOpen = true;
    } else if (character === ',' && before !== '"') {
      escaped += '",';
    } else if (character === '[' && before !== '=' && before !== '"') {
      escaped += '"[';
    } else if (character === ']' && before !== '=' && before !== '"') {
      escaped += '"]';
      isOpen = false;
    } else if (character === '\\' && before !== '"') {
      escaped += '"\\';
      isOpen = false;
    } else if (character === '\n' && before !== '"') {
      escaped += '"\n';
      isOpen = false;
    } else {
      escaped += character;
    }
  });
  escaped = escaped.replaceAll('\\n', '\n');
  return isOpen && !/[\]"]$/.test(escaped) ? `${escaped}"` : escaped;
}
