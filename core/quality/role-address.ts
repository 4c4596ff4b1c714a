/**
 * Mailboxes of a function instead of a person: RFC 2142, and what companies in English, French, German, Spanish and Italian call them.
 * Several people read them, nobody in particular consented, and one of them as an identifier joins strangers.
 */
const fromRfc2142 = `
  info marketing sales support abuse noc security postmaster hostmaster usenet news webmaster www uucp ftp
  list list-request`

const english = `
  accounting accounts admin administrator billing booking bookings careers compliance contact contacts
  customercare customerservice dev devnull donotreply enquiries everyone feedback finance hello help
  helpdesk hr inquiries invoice invoices it jobs legal mail mailbox mailer-daemon media newsletter
  no-reply nobody noreply null office orders payroll press privacy purchasing reception recruitment
  reservations returns root service shipping shop spam staff subscribe sysadmin team tech test
  undisclosed-recipients unsubscribe web`

const french = `
  accueil achats administration bonjour boutique commandes commercial communication compta comptabilite
  direction emploi equipe factures facturation mairie ne-pas-repondre presse recrutement reservation rh
  sav secretariat serviceclient service-client ventes`

const others = `
  bewerbung buchhaltung einkauf empfang kontakt kundenservice personal rechnung vertrieb administracion
  atencionalcliente contacto facturacion recepcion ventas amministrazione commerciale contatti segreteria
  vendite`

const roles: ReadonlySet<string> = new Set(
  [fromRfc2142, english, french, others].flatMap((words) => words.trim().split(/\s+/)),
)

/** True when the part before the "@" names a function; a "+tag" behind it changes nothing. */
export function isRoleMailbox(localPart: string): boolean {
  const [name = ''] = localPart.toLowerCase().split('+')
  return roles.has(name)
}
