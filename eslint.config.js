import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["**/vendor/**", "node_modules/", ".venv/", "var/", "artefacts/", "site/"] },
  js.configs.recommended,
  {
    files: ["console/static/**/*.js", "photonranch/static/**/*.js"],
    languageOptions: { globals: globals.browser },
    rules: { eqeqeq: "error", "no-var": "error", "prefer-const": "error", "no-shadow": "error" },
  },
  {
    files: ["console/tests/js/**/*.js", "*.config.js"],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
];
