/** In this order: later ones also name earlier ones, to be served as they are. */
const browsers: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/.*\bSafari\//, 'Safari'],
]

const systems: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\b(?:iPhone|iPad|iPod)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac(?:intosh| OS X)\b/, 'macOS'],
  [/\b(?:Linux|X11)\b/, 'Linux'],
]

/**
 * The kind of browser behind a User-Agent header, for its person to know it again: "Firefox, Linux", a part of it, or "". Names come from this table
 * alone, so nothing that a caller wrote is kept or shown. Versions are left out: they change under an open session's person.
 */
export function describeBrowser(userAgent: string): string {
  const found = [browsers, systems].map((table) => table.find(([mark]) => mark.test(userAgent))?.[1])
  return found.filter((name) => name !== undefined).join(', ')
}
