// What the page carries in itself. It is made from src/page/style and src/page/script by scripts/build.mjs.

/** The style sheet, without what only people need. */
export declare const stylesheet: string;

/** The script of the page, bundled and short. */
export declare const script: string;
