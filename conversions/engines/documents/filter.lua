-- What documents name but do not hold cannot be had: in place of such a picture its description stands. HTML may go on
-- pointing at it. Typst gets pictures as files, which lie beside its text only where it is set at once, on paper. Text of
-- other kinds has no files beside it: there the address of a picture is all of it, or, where that cannot be, it is told.
local html, typst, epub = FORMAT:match("html"), FORMAT == "typst", FORMAT:match("epub")
local on_paper = PANDOC_WRITER_OPTIONS.variables.papersize ~= nil
local holding = {docx = true, odt = true, epub3 = true, pptx = true, rtf = true, fb2 = true, ipynb = true, plain = true, man = true}
local without = {latex = true, icml = true}
local known = {["image/png"] = true, ["image/jpeg"] = true, ["image/gif"] = true, ["image/webp"] = true, ["image/svg+xml"] = true}

local function kind_of(source)
  return source:match("^data:([%w/+.-]+)") or pandoc.mediabag.lookup(source)
end

local function as_file(image)
  local number = #pandoc.mediabag.list() + 1
  local kind, content = pandoc.mediabag.fetch(image.src)
  image.src = "picture" .. number .. "." .. kind:match("^image/(%w+)")
  pandoc.mediabag.insert(image.src, kind, content)
  return image
end

local function described(image)
  return #image.caption > 0 and image.caption or pandoc.Str("[picture]")
end

local function pictures(image)
  local kind = kind_of(image.src)
  if html then
    return nil
  elseif not kind then
    return image.caption
  elseif typst and not (on_paper and known[kind]) then
    return described(image)
  elseif typst then
    return image.src:match("^data:") and as_file(image) or nil
  elseif without[FORMAT] then
    return described(image)
  elseif not holding[FORMAT] and not image.src:match("^data:") then
    local _, content = pandoc.mediabag.lookup(image.src)
    image.src = pandoc.mediabag.make_data_uri(kind, content)
    return image
  end
end

-- All books that name themselves by nothing else would be the same book to a reader's shelf.
local function identifier(document)
  local hash = pandoc.utils.sha1(pandoc.write(document, "native"))
  return "urn:uuid:" .. hash:gsub("^(%x%x%x%x%x%x%x%x)(%x%x%x%x).(%x%x%x).(%x%x%x)(%x%x%x%x%x%x%x%x%x%x%x%x).*", "%1-%2-5%3-8%4-%5")
end

-- Files that a document names for its looks are not there, and one without a title would be called after our file. Books
-- that were made where no clock was, as pandoc does it, have no date.
local function names(document)
  local meta = document.meta
  for _, name in ipairs({"css", "cover-image", "epub-cover-image", "epub-fonts", "stylesheet", "bibliography"}) do
    meta[name] = nil
  end
  if meta.date and pandoc.utils.stringify(meta.date) == "1970-01-01T00:00:00Z" then
    meta.date = nil
  end
  if not meta.title then
    local first
    document.blocks:walk({Header = function(header) first = first or pandoc.utils.stringify(header.content) end})
    meta[(epub or FORMAT == "fb2" or FORMAT == "opml") and "title" or "pagetitle"] = first or "Document"
  end
  if epub and not meta.identifier then
    meta.identifier = identifier(document)
  end
  return document
end

-- Markdown would show the marks of parts that have no look of their own; an outline knows no headings inside of them.
local function inside(part)
  return (FORMAT == "gfm" or FORMAT == "opml") and part.content or nil
end

return {{Image = pictures, Div = inside, Span = inside, Pandoc = names}}
