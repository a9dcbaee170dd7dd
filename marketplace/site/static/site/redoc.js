// ReDoc always draws its maker's logo from a CDN. This site calls no other host: give it an empty
// image, upon which ReDoc draws none.
const setAttribute = HTMLImageElement.prototype.setAttribute;
HTMLImageElement.prototype.setAttribute = function (name, value) {
  const elsewhere = name === "src" && String(value).startsWith("https://cdn.redoc.ly/");
  setAttribute.call(this, name, elsewhere ? "data:," : value);
};
