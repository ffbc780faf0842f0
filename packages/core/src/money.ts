// Money is an amount of US dollars in whole billionths, so that a sum does not depend on the order of what is summed.

/** Billionths of a US dollar, a whole number that is not negative; `Infinity` where there is no limit. */
export type Money = number;

const perUsd = 1e9;

/** An amount as Money, rounded up: what costs anything at all is never nothing. */
export function money(usd: number): Money {
  // A product such as 0.15 * 900 is off by some units of the last of 16 digits: these are no billionth more.
  const exact = usd * perUsd;
  return usd === Number.POSITIVE_INFINITY
    ? usd
    : Math.max(0, Math.ceil(exact - Math.max(1e-6, exact * 1e-12)));
}

/** An amount in US dollars. */
export function usdOf(amount: Money): number {
  return amount / perUsd;
}

/** How many decimals an amount is shown with: cents from a dollar on, below at least two digits that say something. */
function decimalsOf(usd: number): number {
  return usd >= 1 ? 2 : usd >= 0.001 ? 4 : Math.min(9, 1 - Math.floor(Math.log10(usd)));
}

function trimmed(text: string): string {
  return text.replace(/(\.\d\d\d*?)0+$/, '$1');
}

/** An amount for people: `$0`, `$0.0004`, `$0.40`, `$84.10`. */
export function moneyText(amount: Money): string {
  return amount === 0 ? '$0' : `$${trimmed(usdOf(amount).toFixed(decimalsOf(usdOf(amount))))}`;
}

/** An amount to type, rounded up as far as it is shown, so that it is enough: `0.40`, `84.11`. */
export function enoughText(amount: Money): string {
  if (amount === 0) return '0';
  const decimals = decimalsOf(usdOf(amount));
  const unit = 10 ** (9 - decimals);
  return trimmed((Math.ceil(amount / unit) / 10 ** decimals).toFixed(decimals));
}
