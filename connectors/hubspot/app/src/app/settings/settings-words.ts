/** The hub that this app belongs to. Written by `affluent connect hubspot`. */
export const hubAddress = 'https://hub.example.com'

export interface SettingsWords {
  readonly title: string
  readonly where: string
  readonly uses: readonly string[]
  readonly leaving: string
}

const english: SettingsWords = {
  title: 'This account is connected to your Affluent hub',
  where: 'There is nothing to set here: segments, syncs and consents are set in the hub, which is at',
  uses: [
    'Lists of this account that a sync names are kept equal to segments of the hub.',
    'The tab “Affluent” on each contact shows its segments, consents and audiences, and why.',
    'Workflows can add contacts to hand-picked segments of the hub, and remove them.',
  ],
  leaving: 'To end the connection, disconnect it in the hub, or uninstall the app here: the hub notices.',
}

const french: SettingsWords = {
  title: 'Ce compte est connecté à votre hub Affluent',
  where:
    'Il n’y a rien à régler ici\u00A0: segments, synchronisations et consentements se règlent dans le hub, à l’adresse',
  uses: [
    'Les listes de ce compte qu’une synchronisation désigne restent égales à des segments du hub.',
    'L’onglet «\u00A0Affluent\u00A0» de chaque contact montre ses segments, ses consentements et ses audiences, et pourquoi.',
    'Les workflows peuvent ajouter des contacts à des segments du hub choisis à la main, et les en retirer.',
  ],
  leaving:
    'Pour mettre fin à la connexion, déconnectez-la dans le hub, ou désinstallez l’application ici\u00A0: le hub s’en aperçoit.',
}

/** "fr", "fr-fr", "fr_CA" … are French; all other languages get English. */
export const settingsWords = (locale: string | undefined): SettingsWords =>
  /^fr\b|^fr_/i.test(locale ?? '') ? french : english
