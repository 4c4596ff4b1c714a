/**
 * Makes the invented contact cards of the demo: the same bytes on every machine. The invoices name their customers by number only,
 * so people, addresses and consents are generated around those numbers. Run it with `node hub-server/demo/generate-demo-contacts.ts`.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import { createSeededRandom } from '../../core/quality/seeded-random.ts'
import { compareText } from '../manifest/manifest-fault.ts'
import { inventPeople, type InvoiceCustomer } from './demo-people.ts'
import { writeHubspotPortal } from './hubspot-portal.ts'
import { writeShopExport } from './shop-export.ts'

const seed = 20_101_210

/** People of the HubSpot portal who never bought anything. */
const leads = 400

const invoiceFile = 'invoices_2009_2010.csv.gz'

const invoiceRows = z.array(
  z.object({ customer_id: z.string(), invoice_date: z.string(), country: z.string() }),
)

/** Contents of the generated files by name, made from the invoices in `folder`. */
export async function generateDemoContacts(folder: string): Promise<ReadonlyMap<string, string>> {
  const text = gunzipSync(await readFile(join(folder, invoiceFile))).toString('utf8')
  const customers = readCustomers(invoiceRows.parse(parse(text, { columns: true })))
  const random = createSeededRandom(seed)
  const people = inventPeople(customers, leads, random)
  const buyers = people.filter(({ customerId }) => customerId !== undefined)
  return new Map([
    ['generated_shop_contacts.csv', writeShopExport(buyers, random)],
    ['generated_hubspot_contacts.jsonl', writeHubspotPortal(people, random)],
  ])
}

/** Customers in order of their numbers, with the country of their first invoice. */
function readCustomers(rows: z.output<typeof invoiceRows>): InvoiceCustomer[] {
  const customers = new Map<string, InvoiceCustomer>()
  const inTime = rows
    .filter((row) => row.customer_id !== '')
    .sort((a, b) => compareText(a.invoice_date, b.invoice_date))
  for (const { customer_id: customerId, invoice_date: date, country } of inTime) {
    const day = date.slice(0, 10)
    const known = customers.get(customerId) ?? { customerId, country, firstDay: day, lastDay: day }
    customers.set(customerId, { ...known, lastDay: day })
  }
  return [...customers.values()].sort((a, b) => Number(a.customerId) - Number(b.customerId))
}

if (import.meta.main) {
  const folder = join(import.meta.dirname, '../../manifests/demo/data')
  for (const [file, content] of await generateDemoContacts(folder))
    await writeFile(join(folder, file), content)
}
