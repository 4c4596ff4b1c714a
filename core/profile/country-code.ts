import countries from 'i18n-iso-countries/index.js'
import da from 'i18n-iso-countries/langs/da.json' with { type: 'json' }
import de from 'i18n-iso-countries/langs/de.json' with { type: 'json' }
import en from 'i18n-iso-countries/langs/en.json' with { type: 'json' }
import es from 'i18n-iso-countries/langs/es.json' with { type: 'json' }
import fi from 'i18n-iso-countries/langs/fi.json' with { type: 'json' }
import fr from 'i18n-iso-countries/langs/fr.json' with { type: 'json' }
import it from 'i18n-iso-countries/langs/it.json' with { type: 'json' }
import nl from 'i18n-iso-countries/langs/nl.json' with { type: 'json' }
import no from 'i18n-iso-countries/langs/no.json' with { type: 'json' }
import pl from 'i18n-iso-countries/langs/pl.json' with { type: 'json' }
import pt from 'i18n-iso-countries/langs/pt.json' with { type: 'json' }
import sv from 'i18n-iso-countries/langs/sv.json' with { type: 'json' }
import { Refusal, type Checked } from './refusal.ts'

/** In order of trust: where two languages use one name for two countries, the earlier language decides. */
const languages = [en, fr, de, es, it, nl, pt, sv, da, no, fi, pl]

/**
 * Names that shops and CRMs write and no list has. "Channel Islands" has no code of its own: Jersey, the larger island, stands for
 * it. "Korea" in trade data means the republic. "RSA" is South Africa's own abbreviation, "EIRE" the name on its coins and stamps.
 */
const spokenNames: Readonly<Record<string, string>> = {
  uk: 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  'northern ireland': 'GB',
  angleterre: 'GB',
  grossbritannien: 'GB',
  eire: 'IE',
  'republic of ireland': 'IE',
  rsa: 'ZA',
  uae: 'AE',
  'channel islands': 'JE',
  korea: 'KR',
  'south korea': 'KR',
  holland: 'NL',
  'the netherlands': 'NL',
  'etats unis': 'US',
  deutschland: 'DE',
  brasil: 'BR',
}

/** One form for "Côte-d'Ivoire", "cote d ivoire" and "CÔTE D’IVOIRE": without accents, case and punctuation. */
function fold(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/ø/g, 'o')
    .replace(/ł/g, 'l')
    .replace(/&/g, ' and ')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

function buildIndex(): ReadonlyMap<string, string> {
  const index = new Map<string, string>(Object.entries(spokenNames))
  for (const [alpha2, alpha3] of Object.entries(countries.getAlpha2Codes())) {
    index.set(alpha2, alpha2)
    index.set(alpha2.toLowerCase(), alpha2)
    index.set(alpha3.toLowerCase(), alpha2)
  }
  const written = languages.flatMap(({ countries: names }) => Object.entries<string | string[]>(names))
  for (const [alpha2, names] of written) {
    for (const name of [names].flat().map(fold)) if (!index.has(name)) index.set(name, alpha2)
  }
  return index
}

const index = buildIndex()

/** ISO 3166-1 alpha-2 code of a country written as a code or as a name in twelve languages. Refuses others: `unknown_country`. */
export function toCountryCode(text: string): Checked<string> {
  const code = index.get(text)
  if (code !== undefined) return code
  if (text.length > 100) return new Refusal('unknown_country')
  return index.get(text.trim().toLowerCase()) ?? index.get(fold(text)) ?? new Refusal('unknown_country')
}
