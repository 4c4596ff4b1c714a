import { faultsOf, connection, profileSchema } from '../../support/small-workspace.ts'

/** Ways of writing an address that leads where the hub must not go; the port is the listener's where one may be written. */
export function forbiddenForms(port: number): readonly string[] {
  const at = (host: string): string => `http://${host}:${port}/`
  return [
    // This machine, written in every way that a parser of addresses takes for it.
    ...['127.0.0.1', '127.0.0.2', '127.255.255.254', '127.1', '127.0.1', '2130706433', '0x7f000001'].map(at),
    ...[
      '0x7f.0.0.1',
      '0x7f.1',
      '0177.0.0.1',
      '017700000001',
      '0177.0.0.0x1',
      '127.0.0.1.',
      '0',
      '0.0.0.0',
    ].map(at),
    ...['①②⑦.⓪.⓪.①', '１２７.０.０.１', '127。0。0。1', '127.0.0.①', '%31%32%37.0.0.1'].map(at),
    ...['localhost', 'LOCALHOST', 'localhost.', 'app.localhost', 'localhost.localdomain', 'ⓛocalhost'].map(
      at,
    ),
    ...['[::1]', '[0:0:0:0:0:0:0:1]', '[0000::0001]', '[::]', '[::127.0.0.1]'].map(at),
    ...['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::ffff:a9fe:a9fe]', '[0:0:0:0:0:ffff:127.0.0.1]'].map(at),
    ...['[64:ff9b::127.0.0.1]', '[64:ff9b::a9fe:a9fe]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]'].map(at),
    ...['[2001:0:4136:e378:8000:63bf:80ff:fffe]', '[::ffff:0:127.0.0.1]', '[fe80::1]', '[fd00:ec2::254]'].map(
      at,
    ),
    ...['[fc00::1]', '[ff02::1]', '[fec0::1]', '[2001:db8::1]', '[100::1]'].map(at),
    // Networks of one's own, clouds' metadata, and what is nobody's.
    'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
    'http://2852039166/latest/meta-data/',
    'http://metadata.google.internal/computeMetadata/v1/',
    'https://100.100.100.200/latest/meta-data/',
    'https://168.63.129.16/machine?comp=goalstate',
    ...['10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', '192.0.0.192', '198.18.0.1'].map(at),
    ...['224.0.0.1', '240.0.0.1', '255.255.255.255', '192.0.2.1'].map(at),
    // Names that are no one's on the internet, or that lead here.
    ...['intranet', 'db.internal', 'printer.local', 'router.home.arpa', 'rebound.example.com'].map(at),
    'https://rebound.example.com/',
    // What stands around the host.
    `http://platform.example.com@127.0.0.1:${port}/`,
    `http://127.0.0.1:${port}#@platform.example.com/`,
    `http://user:secret@platform.example.com:${port}/`,
    `http:127.0.0.1:${port}`,
    `http:\\\\127.0.0.1:${port}\\`,
    'https://platform.example.com:22/',
    'https://platform.example.com:6379/',
    'https://platform.example.com:25/',
    `http://platform.example.com:${port}/`,
    // Other schemes.
    'file:///etc/passwd',
    `gopher://127.0.0.1:${port}/_INFO`,
    `ftp://127.0.0.1:${port}/`,
    `ws://127.0.0.1:${port}/`,
    `dict://127.0.0.1:${port}/stat`,
    'data:application/json,{}',
    'javascript:fetch(1)',
    'unix:/var/run/docker.sock',
  ]
}

/** An address that looks as a platform's does: where its name leads is not known before it is connected to. */
export const isOpenName = (address: string): boolean => /^https:\/\/(?:[a-z]+\.)+com\/$/.test(address)

/** What `validate` says of an address in a connection; undefined: nothing. */
export async function aManifestFaultOf(address: string): Promise<string | undefined> {
  const config = { ...connection.config, base_url: address }
  const faults = await faultsOf({
    'manifests/connection.json': { ...connection, config },
    'manifests/schema.json': profileSchema,
  }).catch(() => [])
  return faults.find(({ path }) => path.includes('base_url'))?.code
}
