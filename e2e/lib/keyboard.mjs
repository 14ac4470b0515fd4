// Walking a page without a mouse.

/** Presses Tab until the focused element matches this selector. */
export async function tabTo(page, selector, stops = 60) {
  for (let stop = 0; stop < stops; stop += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((meant) => document.activeElement?.matches(meant) ?? false, selector)) return;
  }
  throw new Error(`no Tab within ${stops} leads to ${selector}`);
}

/** Whether what has the focus shows it: an outline of its own or around its row. */
export function focusShows(page) {
  return page.evaluate(() => {
    const shown = [document.activeElement, document.activeElement.closest('tr')].filter(Boolean).map((element) => getComputedStyle(element));
    return shown.some((style) => style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) > 0);
  });
}
