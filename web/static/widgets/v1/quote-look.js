/** How a quote looks on anybody's page: what is in the shadow root. */

export const STYLE = `
  :host {
    --background: var(--ticker-background, #ffffff);
    --color: var(--ticker-color, #131722);
    --muted: var(--ticker-muted, #5d6675);
    --border: var(--ticker-border, #e1e5eb);
    --up: var(--ticker-up, #08795a);
    --down: var(--ticker-down, #bf1f38);
    --warning: var(--ticker-warning, #8f5200);
    display: inline-block;
    vertical-align: top;
    width: 272px;
    max-width: 100%;
  }
  :host([theme="dark"]) {
    --background: var(--ticker-background, #131722);
    --color: var(--ticker-color, #e6e9ef);
    --muted: var(--ticker-muted, #939cac);
    --border: var(--ticker-border, #2c3342);
    --up: var(--ticker-up, #2fcf94);
    --down: var(--ticker-down, #ff7381);
    --warning: var(--ticker-warning, #f3b65c);
  }
  @media (prefers-color-scheme: dark) {
    :host(:not([theme="light"])) {
      --background: var(--ticker-background, #131722);
      --color: var(--ticker-color, #e6e9ef);
      --muted: var(--ticker-muted, #939cac);
      --border: var(--ticker-border, #2c3342);
      --up: var(--ticker-up, #2fcf94);
      --down: var(--ticker-down, #ff7381);
      --warning: var(--ticker-warning, #f3b65c);
    }
  }
  :host([hidden]) { display: none; }
  .card {
    box-sizing: border-box;
    padding: 12px 14px 10px;
    border: 1px solid var(--border);
    border-radius: var(--ticker-radius, 10px);
    background: var(--background);
    color: var(--color);
    font: 400 14px/1.35 var(--ticker-font, Inter, "Segoe UI", Roboto, "Helvetica Neue", Arial, system-ui, sans-serif);
    font-variant-numeric: tabular-nums;
    text-align: start;
  }
  .head, .price, .foot { display: flex; align-items: baseline; gap: 6px; min-width: 0; white-space: nowrap; }
  .symbol { flex: none; max-width: 100%; overflow: hidden; font-weight: 700; text-overflow: ellipsis; }
  .name { min-width: 0; overflow: hidden; color: var(--muted); font-size: 12px; text-overflow: ellipsis; }
  .price { height: 32px; margin-top: 2px; }
  .last { padding: 0 3px; margin: 0 -3px; border-radius: 4px; font-size: 20px; font-weight: 700; letter-spacing: -0.01em; }
  .moves { display: flex; gap: 6px; margin-inline-start: auto; color: var(--muted); font-size: 12.5px; font-weight: 600; }
  .card[data-direction="up"] .moves { color: var(--up); }
  .card[data-direction="down"] .moves { color: var(--down); }
  .card[data-direction="up"] .change::before { content: "▲ " / ""; font-size: 9px; }
  .card[data-direction="down"] .change::before { content: "▼ " / ""; font-size: 9px; }
  .foot { height: 18px; margin-top: 2px; color: var(--muted); font-size: 11px; }
  .as-of { overflow: hidden; text-overflow: ellipsis; }
  .badge { margin-inline-start: auto; padding: 0 6px; border-radius: 999px; font-weight: 600; }
  .badge:empty { display: none; }
  .badge { background: color-mix(in srgb, var(--warning) 16%, transparent); color: var(--warning); }
  :host([data-state="live"]) .badge { background: color-mix(in srgb, var(--muted) 16%, transparent); color: var(--muted); }
  :host(:is([data-state="stale"], [data-state="disconnected"])) :is(.last, .moves) { opacity: 0.55; }
  :host(:is([data-state="loading"], [data-state="unknown"], [data-state="invalid"])) .last { color: var(--muted); }
  @media (prefers-reduced-motion: no-preference) {
    .last[data-flash="up"] { animation: up 900ms ease-out; }
    .last[data-flash="up-again"] { animation: up-again 900ms ease-out; }
    .last[data-flash="down"] { animation: down 900ms ease-out; }
    .last[data-flash="down-again"] { animation: down-again 900ms ease-out; }
  }
  @keyframes up { from { background: color-mix(in srgb, var(--up) 22%, transparent); color: var(--up); } }
  @keyframes up-again { from { background: color-mix(in srgb, var(--up) 22%, transparent); color: var(--up); } }
  @keyframes down { from { background: color-mix(in srgb, var(--down) 22%, transparent); color: var(--down); } }
  @keyframes down-again { from { background: color-mix(in srgb, var(--down) 22%, transparent); color: var(--down); } }
`;

export const MARKUP = `
  <div class="card" part="card">
    <div class="head">
      <span class="symbol" part="symbol"></span>
      <span class="name" part="name"></span>
    </div>
    <div class="price">
      <span class="last" part="last">—</span>
      <span class="moves"><span class="change" part="change"></span><span class="percent" part="percent"></span></span>
    </div>
    <div class="foot">
      <span class="as-of" part="as-of">Loading…</span>
      <span class="badge" part="badge"></span>
    </div>
  </div>
`;
