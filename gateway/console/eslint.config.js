import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Text people read comes from src/locales; a letter between tags is a sentence one of the two languages lacks. */
const literalText = {
  selector: "JSXText[value=/\\p{L}{2,}/u]",
  message: "Text belongs into src/locales/{zh-CN,en}: use t(…).",
};
const literalAttribute = {
  selector: "JSXAttribute[name.name=/^(title|placeholder|label|aria-label|alt|okText|cancelText)$/] > Literal[value=/\\p{L}{2,}/u]",
  message: "Text belongs into src/locales/{zh-CN,en}: use t(…).",
};
const areas = ["home", "customers", "sales", "marketing", "service", "analytics", "settings"];
const restricted = (name) => ({
  files: [`src/areas/${name}/**`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: areas
          .filter((other) => other !== name)
          .map((other) => ({ group: [`**/areas/${other}/**`, `../../${other}/**`, `../${other}/**`], message: "Areas never import each other: move what both need into src/kit." })),
      },
    ],
  },
});

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/generated"] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  jsxA11y.flatConfigs.recommended,
  reactHooks.configs.flat.recommended,
  {
    rules: {
      "no-restricted-syntax": ["error", literalText, literalAttribute],
      "@typescript-eslint/no-explicit-any": "error",
      // Focus moves into what the person has just opened (a cell, a dialog): that is the rule of the design pattern.
      "jsx-a11y/no-autofocus": "off",
      "react-hooks/set-state-in-effect": "off",
      "react-hooks/refs": "off",
      "react-hooks/incompatible-library": "off",
    },
  },
  { files: ["src/kit/**", "src/api/**"], rules: { "no-restricted-imports": ["error", { patterns: [{ group: ["**/areas/**"], message: "The kit knows no area." }] }] } },
  { files: ["build/**", "vite.config.ts", "eslint.config.js"], languageOptions: { globals: { process: "readonly", URL: "readonly" } }, rules: { "no-restricted-syntax": "off" } },
  ...areas.map(restricted),
);
