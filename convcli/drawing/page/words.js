/** Numbers as text, and text as numbers. */
const words = (() => {
  const typographic = (text) => text.replace(/-/g, "−");

  /** Write a number in up to `digits` significant digits, without what rounding left behind. */
  function format(number, digits = 6) {
    const rounded = Number(number.toPrecision(Math.min(digits, 15)));
    if (Number.isInteger(rounded) && Math.abs(rounded) < 1e6) return typographic(String(rounded));
    const short =
      Math.abs(rounded) >= 1e6 || Math.abs(rounded) < 1e-4
        ? rounded.toExponential().replace("e+", "e")
        : String(rounded);
    return typographic(short);
  }

  /** Write a number for a cell: whole if that is short, else rounded to five characters, or to six. */
  function short(number) {
    const whole = format(number, 15);
    if (whole.length <= 6) return whole;
    const rounded = [4, 3, 2].map((digits) => format(number, digits));
    const fits = (most) => rounded.find((text) => text.length <= most);
    return fits(5) ?? fits(6) ?? format(number, 1);
  }

  /** Write what typing again gives the same number, without a sign that an address cannot hold. */
  const exact = (number) => String(number).replace("e+", "e");

  /** Read an integer, a decimal or a fraction; NaN where the text is none of them. */
  function parse(text) {
    const written = text
      .trim()
      .replace(/−/g, "-")
      .replace(/^([^,]*),([^,]*)$/, "$1.$2");
    const number = "[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?";
    const match = new RegExp(`^(${number})(?:/(${number}))?$`, "i").exec(written);
    if (!match) return NaN;
    const value = Number(match[1]) / (match[2] === undefined ? 1 : Number(match[2]));
    return Number.isFinite(value) && Math.abs(value) <= 1e100 ? value : NaN;
  }

  /** A number in brackets where it is negative, as a factor is written. */
  const factor = (number) => (number < 0 ? `(${format(number)})` : format(number));

  return { format, short, exact, parse, factor };
})();
