// One Chromium with a fresh profile, and contexts in every theme and width.
import { chromium } from 'playwright-core';

/** The looks every page must work in. */
export const looks = ['light', 'dark'].flatMap((theme) =>
  [1440, 390].map((width) => ({ theme, width, name: `${theme} ${width}` })),
);

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the browser; Playwright gives it a profile folder of its own. */
export function launch(executablePath) {
  return chromium.launch({ executablePath, headless: true, args: flags });
}

/** A fresh context in one look, signed in when given a stored session. */
export async function openContext(browser, { base, look = looks[0], session, scale = 1 }) {
  const context = await browser.newContext({
    baseURL: base,
    viewport: { width: look.width, height: look.width < 600 ? 844 : 900 },
    deviceScaleFactor: scale,
    colorScheme: look.theme,
    reducedMotion: 'reduce',
    locale: 'en-US',
    timezoneId: 'UTC',
    storageState: session,
    acceptDownloads: true,
  });
  // On a busy machine leaving a page with thousands of elements takes longer than any answer; speed is measured elsewhere.
  context.setDefaultTimeout(30_000);
  // Kept in the page, because a violation may happen before anybody outside can listen.
  await context.addInitScript(() => {
    globalThis.policyViolations = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      globalThis.policyViolations.push(`${event.effectiveDirective} blocked ${event.blockedURI}`);
    });
  });
  return context;
}

/** Opens a page and waits until it stands still. Returns the answer of the server. */
export async function visit(page, path) {
  const response = await page.goto(path, { waitUntil: 'load' });
  await settled(page);
  return response;
}

/** Waits until nothing is loading and fonts and charts are drawn. Never for a silent network: events stay open. */
export async function settled(page) {
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"], .htmx-request'));
  await page.evaluate(async () => {
    await document.fonts.ready;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  });
}
