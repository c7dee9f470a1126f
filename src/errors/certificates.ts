/** What can be wrong with certificates (src/certificates): part of the error catalogue (see catalogue.ts). */
export const certificateErrors = {
  ACME_ACCOUNT_REFUSED: {
    what: '{server} does not let the account of this VM order a certificate: {detail}.',
    fix: 'Ask the CA why. If the account was closed, remove its key for another to be made: rm /var/lib/onepilot-acme/account-*.json; then onepilot certificate renew.',
  },
  ACME_ACTION_REQUIRED: {
    what: '{server} wants something done by its customer first: {detail}.',
    fix: 'Do what it says, most often agree to new terms on the page that it names; then onepilot certificate renew.',
  },
  ACME_ADDRESS_NOT_PUBLIC: {
    what: '{address} can be reached inside some networks alone: {server} certifies no such address.',
    fix: 'Set ONEAPP_COPILOT_TLS_ADDRESS to the public address that leads here, or name a domain in ONEAPP_COPILOT_TLS_DOMAIN, or a CA of your own in ONEAPP_COPILOT_ACME_DIRECTORY.',
  },
  ACME_BAD_BINDING_KEY: {
    what: '{variable} is no key in base64url: letters, digits, hyphen and underscore, at most 1024.',
    fix: 'Copy it from the CA again, whole and without anything around it.',
  },
  ACME_BAD_CONTACT: {
    what: '{variable} must be an e-mail address, but is «{found}».',
    fix: 'Set it to an address like {example}, or leave it empty: CAs do not need one.',
  },
  ACME_BINDING_INCOMPLETE: {
    what: '{given} is set and {missing} is not: the CA knows the account by both together.',
    fix: 'Set both as the CA gave them, or leave both empty if the CA asks for none.',
  },
  ACME_BINDING_MISSING: {
    what: '{server} makes accounts only for customers it knows (external account binding).',
    fix: 'Get a key ID and a key for ACME from the CA, and set ONEAPP_COPILOT_ACME_EAB_KEY_ID and ONEAPP_COPILOT_ACME_EAB_KEY to them.',
  },
  ACME_BINDING_REFUSED: {
    what: '{server} does not accept the external account binding with the key ID {keyId}: {detail}.',
    fix: 'Correct ONEAPP_COPILOT_ACME_EAB_KEY_ID and ONEAPP_COPILOT_ACME_EAB_KEY. Some CAs let a pair be used once only: get a fresh one from them then.',
  },
  ACME_BUSY: {
    what: 'Another run is about the certificate already.',
    fix: 'Wait until it has ended: onepilot certificate status says what came of it.',
  },
  ACME_CAA: {
    what: 'The DNS does not allow {server} to certify {identifier}: {detail}.',
    fix: 'Add a CAA record for {identifier}, or for the domain above it, that names this CA; or ask a CA that the records name (ONEAPP_COPILOT_ACME_DIRECTORY).',
  },
  ACME_CERTIFICATE_ENDED: {
    what: 'The certificate of the ACME CA for {names} was good until {end}; the one of the own CA is served in its place.',
    fix: 'onepilot certificate status says why no other came and when it is tried again.',
  },
  ACME_CERTIFICATE_WRONG: {
    what: 'The certificate that {server} sent cannot be served: {reason}.',
    fix: 'Another is asked for later by itself. If it stays so, ask the CA, or set another in ONEAPP_COPILOT_ACME_DIRECTORY.',
  },
  ACME_CHALLENGE_ELSEWHERE: {
    what: '{server} asked {identifier} at port {port} for the answer to {kind} and got another one: {detail}.',
    fix: 'Another machine answers there. Point the DNS records of {identifier} (A and AAAA both) to this VM, or have the router, proxy or load balancer in front pass port {port} on to it as it is.',
  },
  ACME_CHALLENGE_NOT_OFFERED: {
    what: '{server} checks {identifier} by {offered}, and this VM can answer {kinds}.',
    fix: 'Set ONEAPP_COPILOT_ACME_DIRECTORY to a CA that checks by http-01 or tls-alpn-01, and have it reach port 80 or 443 of this VM; or provide a certificate (ONEAPP_COPILOT_TLS_CERTIFICATE).',
  },
  ACME_CHALLENGE_TLS: {
    what: '{server} could not speak TLS with {identifier} at port {port}: {detail}.',
    fix: 'Something in front of this VM ends TLS itself. Have it pass port {port} on as TCP, or open port 80 to this VM.',
  },
  ACME_CHALLENGE_UNREACHABLE: {
    what: '{server} could not reach {identifier} at port {port}: {detail}.',
    fix: 'Open port {port} to this VM in security group, firewall and router, from everywhere the CA asks from; and point the DNS records of {identifier} (A and AAAA both) to it.',
  },
  ACME_CLOCK: {
    what: 'The clock of this VM says {now}, but {reason}.',
    fix: 'Let the VM reach a time server (timedatectl status), or correct the clock of its host. The certificate is asked for when it is right.',
  },
  ACME_CONTACT_REFUSED: {
    what: '{server} does not accept the contact {contact}: {detail}.',
    fix: 'Correct ONEAPP_COPILOT_ACME_CONTACT, or leave it empty.',
  },
  ACME_DIRECTORY_WRONG: {
    what: 'There is no ACME server at {directory}: {reason}.',
    fix: "Set ONEAPP_COPILOT_ACME_DIRECTORY to the URL of the CA's ACME directory; it often ends in /directory.",
  },
  ACME_DNS: {
    what: '{server} could not look up {identifier}: {detail}.',
    fix: 'See that the public DNS answers for {identifier} (A or AAAA, and CAA), and that its DNSSEC signatures are in order. A new name takes a while until everybody sees it.',
  },
  ACME_IDENTIFIER_REFUSED: {
    what: '{server} makes no certificate for {identifier}: {detail}.',
    fix: 'Correct ONEAPP_COPILOT_TLS_DOMAIN or ONEAPP_COPILOT_TLS_ADDRESS, or set ONEAPP_COPILOT_ACME_DIRECTORY to a CA that certifies it.',
  },
  ACME_NAME_ELSEWHERE: {
    what: '{name} leads to {addresses}, where somebody else answers; this VM has {ours}.',
    fix: 'Correct the A and AAAA records of {name}, or have the one who answers there pass port 80 or 443 on to this VM.',
  },
  ACME_NAME_INSIDE: {
    what: 'From this VM {name} leads to {addresses}, which no CA outside your network reaches.',
    fix: 'If {name} leads to this VM from outside too, all is well. Else add such a record and let port 80 or 443 through, or set ONEAPP_COPILOT_TLS_MODE to own-ca or provided.',
  },
  ACME_NAME_NOT_OURS: {
    what: '{name} leads to {addresses}, where this VM could not be recognised; it has {ours}.',
    fix: 'If that is a router or a load balancer that passes port 80 or 443 on to this VM, all is well: many do so only for what comes from outside. Else correct the A and AAAA records of {name}.',
  },
  ACME_NAME_UNKNOWN: {
    what: 'The name servers of this VM know no address of {name}.',
    fix: 'Add an A or AAAA record for {name} that leads to this VM ({addresses}). If there is one outside, let the name servers that the VM asks know it too (resolvectl status).',
  },
  ACME_NAME_UNSEEN: {
    what: 'Where {name} leads could not be looked up: {reason}.',
    fix: 'See that the VM reaches its name servers (resolvectl status). The CA asks others, so it is tried all the same.',
  },
  ACME_NOBODY_ANSWERS: {
    what: '{name} leads to {addresses}, which is this VM, but neither port 80 nor port 443 shows there what the CA looks for.',
    fix: 'See onepilot status: the gateway must be running, and nothing else may hold its ports.',
  },
  ACME_NOTHING_NAMED: {
    what: 'ONEAPP_COPILOT_TLS_MODE is acme, but nothing is named that the certificate could be for.',
    fix: 'Set ONEAPP_COPILOT_TLS_DOMAIN to the DNS name of this VM, or ONEAPP_COPILOT_TLS_ADDRESS to auto.',
  },
  ACME_NOT_PUBLIC: {
    what: "{subject} means something inside your network alone, so no public CA certifies it: none is asked, and the VM's own CA vouches for it.",
    fix: 'If that is meant so, set ONEAPP_COPILOT_TLS_MODE to own-ca and see docs/trust.md. Else name what is public, or your own CA in ONEAPP_COPILOT_ACME_DIRECTORY.',
  },
  ACME_NO_PUBLIC_ADDRESS: {
    what: 'ONEAPP_COPILOT_TLS_ADDRESS is auto, but this VM has no public address: {addresses}.',
    fix: 'Name the public address that leads here, name a domain in ONEAPP_COPILOT_TLS_DOMAIN instead, or leave it empty.',
  },
  ACME_PLAIN_HTTP: {
    what: '{variable} begins with http://, which no ACME server may be asked by (RFC 8555): whoever is between this VM and the CA could put another certificate in place.',
    fix: 'Name the address that begins with https://; if a private CA vouches for it, put that into ONEAPP_COPILOT_ACME_ROOTS.',
  },
  ACME_PORT_80_OPEN: {
    what: 'Port 80 is open to everybody, beside the networks in ONEAPP_COPILOT_ALLOWED_NETWORKS: the ACME CA looks there, from anywhere. It cannot look at port 443, which stays closed to others.',
    fix: 'Nothing, as long as port 80 leads here from the internet: it answers challenges and sends everybody else to HTTPS. To close it, set ONEAPP_COPILOT_TLS_MODE to provided or own-ca.',
  },
  ACME_PORT_80_SILENT: {
    what: '{name} leads to {addresses}, which is this VM, but port 80 does not show there what the CA looks for: it is asked to look at port 443.',
    fix: 'If the CA cannot do that, see that nothing else holds port 80 and that onepilot-gateway.socket is there (systemctl status).',
  },
  ACME_PROFILE_REFUSED: {
    what: '{server} does not grant the certificate profile that was asked for: {detail}.',
    fix: 'Correct ONEAPP_COPILOT_ACME_PROFILE, or leave it empty.',
  },
  ACME_RATE_LIMITED: {
    what: '{server} makes no further certificate for {identifier} before {until}: {detail}.',
    fix: 'Nothing: it is asked again by itself when it may be. More orders by hand make it later.',
  },
  ACME_REFUSED: {
    what: '{server} refuses the certificate for {identifier}: {detail}.',
    fix: 'See journalctl -u onepilot-acme for what was asked, and ask the CA. It is tried again by itself, ever more seldom.',
  },
  ACME_SERVER_FAILED: {
    what: '{server} is in trouble itself: {detail}.',
    fix: "Nothing: it is tried again by itself. If it stays so, see the CA's status page, or set another in ONEAPP_COPILOT_ACME_DIRECTORY.",
  },
  ACME_SERVER_NOT_TRUSTED: {
    what: 'The ACME server {server} cannot prove that it is the right one: {reason}.',
    fix: "If a private CA vouches for it, set ONEAPP_COPILOT_ACME_ROOTS to that CA's certificate, PEM in base64. If not, see that the clock is right and that nothing on the way opens TLS.",
  },
  ACME_SERVER_UNKNOWN: {
    what: 'The name of the ACME server {server} cannot be looked up.',
    fix: 'Correct ONEAPP_COPILOT_ACME_DIRECTORY, or see that this VM has a name server (resolvectl status) that knows it.',
  },
  ACME_SERVER_UNREACHABLE: {
    what: 'The ACME server {server} cannot be reached: {reason}.',
    fix: 'Let this VM reach it (TCP, most often port 443) through firewall and router; or set ONEAPP_COPILOT_ACME_DIRECTORY to one that it can reach.',
  },
  ACME_STEP_FAILED: {
    what: 'The unit that asks the CA met something that it did not expect: {reason}',
    fix: 'See journalctl -u onepilot-acme. It is tried again by itself.',
  },
  ACME_TOO_SLOW: {
    what: '{server} was not done with the order after {seconds} seconds.',
    fix: 'Nothing: the next attempt goes on with the same order.',
  },
  CERTIFICATE_CHAIN_UNCLEAR: {
    what: '{place} holds several certificates that could have signed the one of {subject}, in an order that does not say which.',
    fix: "Put the server's certificate first, behind it the one of the CA that signed it, and so on; leave the others out.",
  },
  CERTIFICATE_DER: {
    what: '{place} holds DER, the binary form, and PEM is needed.',
    fix: 'For a certificate: openssl x509 -inform DER -in FILE -out FILE.pem; for a key: openssl pkey -inform DER -in FILE -out FILE.pem.',
  },
  CERTIFICATE_DISK_ABSENT: {
    what: 'No disk with the label {label} is attached, on which {source} would be.',
    fix: 'Attach the disk, or give its file system that label; then run onepilot reconcile.',
  },
  CERTIFICATE_ENDS_SOON: {
    what: 'The certificate of {subject} that was provided is good until {end}: that is {days} days from now.',
    fix: 'Provide its successor; it is taken without a restart.',
  },
  CERTIFICATE_EXPIRED: {
    what: 'The certificate of {subject} that was provided was good until {end}.',
    fix: 'Provide its successor. If it should be good still, look whether the clock of the VM is right.',
  },
  CERTIFICATE_FILE_BROKEN: {
    what: '{path} holds no certificate with its private key.',
    fix: 'Run onepilot reconcile: the agent writes it anew.',
  },
  CERTIFICATE_FILE_UNUSABLE: {
    what: '{source} cannot be used: {reason}.',
    fix: 'Put it right on the disk, or correct the path in the context; then run onepilot reconcile.',
  },
  CERTIFICATE_GATEWAY_SILENT: {
    what: 'No connection with {protocol} to the gateway at {address} came about: {reason}.',
    fix: 'See: onepilot status and onepilot logs gateway',
  },
  CERTIFICATE_HALF_GIVEN: {
    what: '{given} is set and {missing} is not: one without the other serves nothing.',
    fix: 'Set both, or neither.',
  },
  CERTIFICATE_KEY_ENCRYPTED: {
    what: 'The private key in {place} is encrypted, and nobody is there to give its password when the VM starts.',
    fix: 'Take the password off: openssl pkey -in FILE -out FILE.plain.',
  },
  CERTIFICATE_KEY_IN_PUBLIC: {
    what: '{variable} holds a private key, and is for certificates, which are no secret.',
    fix: 'Take the key out of it. Who could read the context could read the key: consider a new one.',
  },
  CERTIFICATE_KEY_MISMATCH: {
    what: 'The private key in {place} is not the one of the certificate of {subject}.',
    fix: 'Provide the key with which this certificate was requested. openssl pkey -in FILE -pubout and openssl x509 -in FILE -noout -pubkey show the same when they belong together.',
  },
  CERTIFICATE_KEY_MISSING: {
    what: '{place} holds no private key.',
    fix: "Provide the server's private key in PEM: its first line is -----BEGIN PRIVATE KEY-----.",
  },
  CERTIFICATE_KEY_OF_ANOTHER: {
    what: 'The private key in {place} is not the one of the certificate of {subject}, but of that of {other}, which is there too.',
    fix: 'Provide the key of {subject}.',
  },
  CERTIFICATE_KEY_UNREADABLE: {
    what: 'The private key in {place} is damaged or of an unknown kind.',
    fix: 'Copy it again, with its first and last line. openssl pkey -in FILE -noout -text reads it when it is whole.',
  },
  CERTIFICATE_KEYS_SEVERAL: {
    what: '{place} holds several private keys.',
    fix: 'Leave only the one of the server.',
  },
  CERTIFICATE_KEY_UNUSUAL: {
    what: 'The key of {subject} is of a kind ({kind}) that most browsers and editors do not know.',
    fix: 'Use ECDSA with P-256, or RSA with 2048 bits or more.',
  },
  CERTIFICATE_KEY_WEAK: {
    what: 'The key of {subject} is too weak ({kind}): TLS libraries refuse it.',
    fix: 'Have a certificate made for a key of ECDSA with P-256, or of RSA with 2048 bits or more.',
  },
  CERTIFICATE_MISSING_INTERMEDIATE: {
    what: 'The certificate of {issuer}, which signed the one of {subject}, is not there, and the system does not know it.',
    fix: "Put the CA's intermediate certificate behind that of the server. If {issuer} is a root that your clients trust already, all is well.",
  },
  CERTIFICATE_MODE_EMPTY: {
    what: 'ONEAPP_COPILOT_TLS_MODE is provided, but no certificate is.',
    fix: 'Set ONEAPP_COPILOT_TLS_CERTIFICATE and ONEAPP_COPILOT_TLS_KEY, or choose another mode.',
  },
  CERTIFICATE_NAME_LEFT_OUT: {
    what: 'The certificate in {path} is not for {name}: clients that ask for it refuse the connection.',
    fix: 'Run onepilot reconcile. If the certificate was provided, provide one that names it; if it is of an ACME CA, onepilot certificate status says what comes next.',
  },
  CERTIFICATE_NAME_NOT_COVERED: {
    what: 'The certificate that was provided is for {names}, not for {domain}: who uses that name gets the one of the own CA.',
    fix: 'Provide a certificate that covers {domain}, or correct ONEAPP_COPILOT_TLS_DOMAIN.',
  },
  CERTIFICATE_NONE: {
    what: '{place} holds PEM, but no certificate.',
    fix: "Provide the server's certificate: its first line is -----BEGIN CERTIFICATE-----. A request (CSR) is for the CA alone.",
  },
  CERTIFICATE_NOT_FOR_SERVERS: {
    what: 'The certificate of {subject} is not meant for servers: clients refuse it.',
    fix: 'Have one made with the extended key usage serverAuth.',
  },
  CERTIFICATE_NOT_IN_DATE: {
    what: 'The certificate in {path} is valid from {from} to {until}, and by the clock of this VM it is {now}.',
    fix: 'See that the clock is right (timedatectl), then run onepilot certificate renew; if the certificate was provided, provide its successor.',
  },
  CERTIFICATE_NOT_SERVED: {
    what: 'Asked for {name}, the gateway shows another certificate than the one in {path}.',
    fix: 'Run onepilot reconcile; if that does not help: systemctl restart onepilot-gateway',
  },
  CERTIFICATE_NOT_TRACED: {
    what: 'The certificate in {path} does not lead to a CA that this VM knows: {reason}.',
    fix: 'If an intermediate certificate is missing, provide it behind the certificate. If clients know the CA, put its certificate into /usr/local/share/ca-certificates on the VM and run update-ca-certificates, so that this can be checked.',
  },
  CERTIFICATE_NOT_YET_VALID: {
    what: 'The certificate of {subject} that was provided is good from {start} on only.',
    fix: 'Wait until then, or provide another one. If it should be good already, look whether the clock of the VM is right.',
  },
  CERTIFICATE_NO_NAMES: {
    what: 'The certificate of {subject} names no host: it has no subjectAltName, and clients do not look at its common name.',
    fix: 'Have one made with the DNS name or the address of this VM as subjectAltName.',
  },
  CERTIFICATE_NO_PEM: {
    what: '{place} holds no PEM.',
    fix: 'Provide the text between -----BEGIN … ----- and -----END … -----, both lines included, as it is or in base64.',
  },
  CERTIFICATE_OF_AUTHORITY: {
    what: 'The certificate of {subject} is that of a CA, not of a server: many clients refuse it.',
    fix: 'Provide the certificate that the CA has signed for this VM. One that signs itself must not be marked as CA (basicConstraints=CA:FALSE).',
  },
  CERTIFICATE_PEM_DAMAGED: {
    what: '{place} begins like PEM, but ends before its last line.',
    fix: 'Copy it again, with all lines from -----BEGIN to the end of -----END. In one line of a template, use base64: base64 -w0 FILE.',
  },
  CERTIFICATE_PKCS12: {
    what: '{place} holds PKCS#12 (.p12, .pfx), and PEM is needed.',
    fix: 'Certificates: openssl pkcs12 -in FILE -nokeys -out FILE.crt; key: openssl pkcs12 -in FILE -nocerts -noenc -out FILE.key.',
  },
  CERTIFICATE_PKCS7: {
    what: '{place} holds PKCS#7 (.p7b), and plain PEM is needed.',
    fix: 'openssl pkcs7 -in FILE -print_certs -out FILE.pem',
  },
  CERTIFICATE_REFUSED: {
    what: "The certificate of {subject} cannot be served, the VM's TLS library refuses it: {reason}.",
    fix: 'Have one made for a key of ECDSA with P-256, or of RSA with 2048 bits or more, and signed with SHA-256.',
  },
  CERTIFICATE_SELF_SIGNED: {
    what: 'The certificate of {subject} that was provided is signed by itself alone: no client trusts it until it is told to.',
    fix: 'Install it in the clients, or provide one that a CA has signed.',
  },
  CERTIFICATE_SIGNATURE_WEAK: {
    what: 'The certificate of {subject} is signed with {algorithm}, which TLS libraries refuse.',
    fix: 'Have it signed anew with SHA-256 or better.',
  },
  CERTIFICATE_UNREADABLE: {
    what: 'Certificate {number} in {place} is damaged.',
    fix: 'Copy it again, with its first and last line. openssl x509 -in FILE -noout -text reads it when it is whole.',
  },
  CERTIFICATE_UNRELATED: {
    what: '{place} holds certificates that have no part in the chain of {subject} and were left out: {others}.',
    fix: 'Take them out, or look whether one is missing that links them.',
  },
} as const;
