/** Given names, family names and cities that are plausible in one country. */
export interface NamePool {
  readonly first: readonly string[]
  readonly last: readonly string[]
  readonly cities: readonly string[]
}

const words = (text: string): string[] => text.split(',').map((word) => word.trim())

const british: NamePool = {
  first: words(
    'Alice,Amelia,Andrew,Anna,Anthony,Ben,Beth,Caroline,Charlotte,Chloe,Chris,Claire,Daisy,Daniel,David,Diana,Edward,Eleanor,Elizabeth,Emily,Emma,Eve,Fiona,Florence,Frank,George,Grace,Graham,Hannah,Harriet,Harry,Heather,Helen,Henry,Isla,Ivy,Jack,James,Jane,Jean,Joan,John,Joseph,Julia,Karen,Kate,Laura,Lewis,Lily,Lucy,Margaret,Martin,Mary,Matthew,Megan,Michael,Nicola,Oliver,Olivia,Owen,Patricia,Paul,Peter,Philip,Rachel,Rebecca,Richard,Robert,Rosie,Ruth,Sally,Sarah,Simon,Sophie,Stephen,Susan,Thomas,Victoria,William,Zoë',
  ),
  last: words(
    "Adams,Allen,Anderson,Atkinson,Bailey,Baker,Barker,Bell,Bennett,Brown,Butler,Campbell,Carter,Clark,Clarke,Collins,Cook,Cooper,Cox,Davies,Davis,Dixon,Edwards,Ellis,Evans,Fisher,Foster,Fox,Gibson,Graham,Gray,Green,Griffiths,Hall,Harris,Harrison,Harvey,Hill,Holmes,Hughes,Hunt,Jackson,James,Jenkins,Johnson,Jones,Kelly,Kennedy,King,Knight,Lee,Lewis,Lloyd,Marshall,Martin,Mason,Miller,Mitchell,Moore,Morgan,Morris,Murphy,Murray,O'Brien,O'Connor,Palmer,Parker,Phillips,Powell,Price,Reid,Reynolds,Richards,Roberts,Robinson,Rogers,Russell,Scott,Shaw,Simpson,Smith,Stevens,Stewart,Taylor,Thomas,Thompson,Turner,Walker,Ward,Watson,Webb,White,Wilkinson,Williams,Wilson,Wood,Wright,Young",
  ),
  cities: words(
    'London,Manchester,Birmingham,Leeds,Sheffield,Bristol,Liverpool,Newcastle upon Tyne,Nottingham,Leicester,Cardiff,Edinburgh,Glasgow,Belfast,Brighton,Norwich,Oxford,Cambridge,York,Exeter,Bath,Plymouth,Reading,Stoke-on-Trent',
  ),
}

const french: NamePool = {
  first: words(
    'Amélie,Antoine,Camille,Chloé,Élodie,François,Hélène,Inès,Jean-Paul,Julien,Léa,Louis,Manon,Nicolas,Océane,Zoé',
  ),
  last: words(
    'Bernard,Blanc,Dubois,Durand,Fournier,Garnier,Girard,Lefèvre,Leroy,Martin,Mercier,Moreau,Petit,Robert,Roussel',
  ),
  cities: words('Paris,Lyon,Lille,Nantes,Bordeaux,Toulouse,Strasbourg,Rennes'),
}

const german: NamePool = {
  first: words(
    'Anja,Birgit,Claudia,Dieter,Heike,Jörg,Jürgen,Katrin,Lukas,Matthias,Monika,Sabine,Stefan,Ursula,Wolfgang',
  ),
  last: words(
    'Bauer,Becker,Fischer,Hoffmann,Jäger,Klein,Koch,Krüger,Müller,Neumann,Richter,Schäfer,Schmidt,Schneider,Schröder,Weiß',
  ),
  cities: words('Berlin,Hamburg,München,Köln,Frankfurt am Main,Stuttgart,Leipzig'),
}

const iberian: NamePool = {
  first: words(
    'Ana,Beatriz,Carlos,Carmen,Elena,Inés,João,José,Lucía,Luís,María,Miguel,Pilar,Rita,Sofía,Tiago',
  ),
  last: words(
    'Álvarez,Costa,Fernández,Ferreira,García,Gómez,López,Martínez,Muñoz,Oliveira,Pereira,Rodríguez,Santos,Silva',
  ),
  cities: words('Madrid,Barcelona,Sevilla,Valencia,Lisboa,Porto,Braga,Bilbao'),
}

const italian: NamePool = {
  first: words('Alessandro,Chiara,Elena,Francesca,Giulia,Giuseppe,Luca,Marco,Paolo,Sara'),
  last: words('Bianchi,Colombo,Conti,De Luca,Esposito,Ferrari,Gallo,Greco,Ricci,Romano,Rossi'),
  cities: words('Milano,Roma,Torino,Bologna,Napoli'),
}

const dutch: NamePool = {
  first: words('Anouk,Bram,Daan,Eva,Femke,Jeroen,Lotte,Marieke,Pieter,Sanne,Sven,Thijs'),
  last: words(
    'Bakker,de Boer,de Jong,de Vries,Jansen,Maes,Meijer,Peeters,van den Berg,van Dijk,Visser,Willems',
  ),
  cities: words('Amsterdam,Rotterdam,Utrecht,Antwerpen,Gent,Brugge'),
}

const nordic: NamePool = {
  first: words('Åsa,Astrid,Björn,Elin,Erik,Freja,Ingrid,Jørgen,Lars,Mikko,Nils,Søren,Sofie,Tuuli'),
  last: words(
    'Andersen,Berg,Eriksson,Hansen,Johansson,Korhonen,Larsen,Lindberg,Nielsen,Nyström,Olsen,Virtanen',
  ),
  cities: words('Stockholm,Göteborg,København,Oslo,Helsinki,Bergen,Malmö'),
}

const pools: Readonly<Record<string, NamePool>> = {
  France: french,
  Germany: german,
  Austria: german,
  Switzerland: german,
  Spain: iberian,
  Portugal: iberian,
  Brazil: iberian,
  Italy: italian,
  Netherlands: dutch,
  Belgium: dutch,
  Sweden: nordic,
  Denmark: nordic,
  Norway: nordic,
  Finland: nordic,
  Iceland: nordic,
}

/** Names for a country as the invoices write it. Countries without a list of their own get British names and no city. */
export function namePoolOf(country: string): NamePool {
  if (country === 'United Kingdom') return british
  return Object.hasOwn(pools, country) ? (pools[country] ?? british) : { ...british, cities: [''] }
}
