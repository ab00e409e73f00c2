/**
 * Style sheets made at run time (design tokens, scroll lock) as constructed sheets: the CSP forbids `<style>` elements
 * without a nonce and allows these. Takes the place of `Dom/dynamicCSS` of antd's utilities, see `build/antd.ts`.
 */
interface Handle {
  setAttribute: () => void;
  parentNode: null;
}

const sheets = new Map<string, { sheet: CSSStyleSheet; css: string }>();
const handle = (): Handle => ({ setAttribute: () => undefined, parentNode: null });

export function updateCSS(css: string, key: string): Handle {
  const known = sheets.get(key);
  if (known?.css === css) return handle();
  if (known) {
    known.sheet.replaceSync(css);
    known.css = css;
    return handle();
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  sheets.set(key, { sheet, css });
  document.adoptedStyleSheets.push(sheet);
  return handle();
}

export function removeCSS(key: string): void {
  const known = sheets.get(key);
  if (!known) return;
  sheets.delete(key);
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== known.sheet);
}

export function injectCSS(css: string): Handle {
  return updateCSS(css, `injected ${sheets.size}`);
}

export function clearContainerCache(): void {
  sheets.forEach((_, key) => removeCSS(key));
}
