// Before the first paint: with a script the tables may fold, without one they stay open.
document.documentElement.className = "js";
window.ENCOURS = window.ENCOURS || {};
