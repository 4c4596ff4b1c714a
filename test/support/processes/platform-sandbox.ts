import { startHubspotSandbox } from '../../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import { startSalesforceSandbox } from '../../../connectors/salesforce/sandbox/salesforce-sandbox.ts'
import type { SandboxServer } from '../../../connectors/sandbox-kit/sandbox-server.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'

// A local HubSpot or Salesforce to walk through docs/install-hubspot.md and docs/install-salesforce.md with; ends with Ctrl+C.

const people = [
  { first: 'Zoé', last: 'Martin', city: 'Paris', isOut: false },
  { first: 'Hugo', last: 'Bernard', city: 'Paris', isOut: false },
  { first: 'Inès', last: 'Petit', city: 'Paris', isOut: true },
  { first: 'Ada', last: 'Hopper', city: 'London', isOut: false },
] as const

const emailOf = (last: string): string => `${last.toLowerCase()}@example.com`

const platforms: Readonly<Record<string, (port: number | undefined) => Promise<SandboxServer>>> = {
  hubspot: (port = 4178) =>
    startHubspotSandbox({
      clock: systemClock,
      port,
      contacts: people.map(({ first, last, city, isOut }, index) => ({
        id: String(101 + index),
        properties: {
          firstname: first,
          lastname: last,
          email: emailOf(last),
          city,
          hs_email_optout: String(isOut),
        },
      })),
    }),
  async salesforce(port = 4177) {
    const sandbox = await startSalesforceSandbox({ clock: systemClock, port })
    for (const { first, last, city, isOut } of people)
      sandbox.org.insert('Contact', {
        FirstName: first,
        LastName: last,
        Email: emailOf(last),
        MailingCity: city,
        HasOptedOutOfEmail: isOut,
      })
    return sandbox
  },
}

const [name = '', port] = process.argv.slice(2)
const start = platforms[name]
if (start) {
  const { url } = await start(port === undefined ? undefined : Number(port))
  process.stdout.write(`${name} sandbox on ${url}\n`)
} else {
  process.stderr.write(`give one of: ${Object.keys(platforms).join(', ')}\n`)
  process.exitCode = 64
}
