"""What is wrong with the file, or with what was wanted of it."""

from conversions.errors.root import ConversionsError


class DamagedFile(ConversionsError):
    code = "damaged_file"
    message = "The file is damaged or not complete."
    suggestion = "Copy or download the file again from where it came, and see whether another program opens it."
    retryable = False
    status = 422


class TooManyPixels(ConversionsError):
    code = "too_many_pixels"
    message = "The picture has {pixels:,} pixels; at most {limit:,} are accepted."
    suggestion = "Make the picture smaller before converting it."
    retryable = False
    status = 422


class TooManyFrames(ConversionsError):
    code = "too_many_frames"
    message = "The animation has {frames:,} frames; at most {limit:,} are accepted."
    suggestion = "Make it shorter, or choose a format of pictures that stand still."
    retryable = False
    status = 422


class TooLong(ConversionsError):
    code = "too_long"
    message = "It would be {seconds:duration} long; at most {limit:duration} are accepted here."
    suggestion = "Choose a part of it by its beginning and length (“start”, “duration”), or another format."
    retryable = False
    status = 422


class TooManyPictures(ConversionsError):
    code = "too_many_pictures"
    message = "It would become {pictures:,} pictures; at most {limit:,} are accepted."
    suggestion = "Leave more time from one to the next (“every”), or choose a part of it (“start”, “duration”)."
    retryable = False
    status = 422


class TooManyCues(ConversionsError):
    code = "too_many_cues"
    message = "There are {cues:,} subtitles in the file; at most {limit:,} are accepted."
    suggestion = "Split the file, and convert its parts."
    retryable = False
    status = 422


class TooLargeForFormat(ConversionsError):
    code = "too_large_for_format"
    message = "{to} pictures have at most {limit:,} pixels a side; this one has {width:,} by {height:,}."
    suggestion = "Choose another format, or make the picture smaller."
    retryable = False
    status = 422


class TooManyRows(ConversionsError):
    code = "too_many_rows"
    message = "The table has {rows:,} rows; at most {limit:,} are accepted."
    suggestion = "Split the table, or choose a format that holds more."
    retryable = False
    status = 422


class TooManyColumns(ConversionsError):
    code = "too_many_columns"
    message = "The table has {columns:,} columns; at most {limit:,} are accepted."
    suggestion = "Leave columns out, or turn the table by a quarter."
    retryable = False
    status = 422


class TooManyTriangles(ConversionsError):
    code = "too_many_triangles"
    message = "The model has {triangles:,} triangles; at most {limit:,} are accepted."
    suggestion = "Make the model simpler, or split it."
    retryable = False
    status = 422


class TooManyFeatures(ConversionsError):
    code = "too_many_features"
    message = "The map has {features:,} features; at most {limit:,} are accepted."
    suggestion = "Split the map, or leave some of its layers out."
    retryable = False
    status = 422


class ExpandsTooMuch(ConversionsError):
    code = "expands_too_much"
    message = "What is packed in the file is {size:size}; at most {limit:size} are accepted for one of its size."
    suggestion = "Unpack it, and convert what you need of it."
    retryable = False
    status = 422


class TooManyMembers(ConversionsError):
    code = "too_many_members"
    message = "The archive holds {members:,} files and folders; at most {limit:,} are accepted."
    suggestion = "Unpack it, and convert what you need of it."
    retryable = False
    status = 422


class UnsafeArchive(ConversionsError):
    code = "unsafe_archive"
    message = "The archive holds “{member}”, which {what}: unpacking it could do harm."
    suggestion = "Leave it alone if you do not trust where it came from; else pack the files anew."
    retryable = False
    status = 422


class PasswordNeeded(ConversionsError):
    code = "password_needed"
    message = "The file is encrypted, and opens with its password only."
    suggestion = (
        "Convert it again with its password, the option “password” of conversions that have it, or take the password "
        "off in the program that set it."
    )
    retryable = False
    status = 422


class PasswordWrong(ConversionsError):
    code = "password_wrong"
    message = "The password does not open the file."
    suggestion = (
        "Look at its capitals and at the language of the keyboard, and convert the file again with the right one."
    )
    retryable = False
    status = 422


class NoSuchSheet(ConversionsError):
    code = "no_such_sheet"
    message = "There is no sheet “{sheet}” in the file."
    suggestion = "Choose one of: {sheets}."
    retryable = False
    status = 422


class EmptySheet(ConversionsError):
    code = "empty_sheet"
    message = "The sheet “{sheet}” holds nothing."
    suggestion = "Choose another one of: {sheets}."
    retryable = False
    status = 422


class TooManyPages(ConversionsError):
    code = "too_many_pages"
    message = "The file has {pages:,} pages; at most {limit:,} are accepted."
    suggestion = "Split the file, and convert its parts."
    retryable = False
    status = 422


class NoSuchPage(ConversionsError):
    code = "no_such_page"
    message = "There is no page {page:,}: the file has {pages:,}."
    suggestion = "Choose a page from 1 to {pages:,}."
    retryable = False
    status = 422


class NoPagesLeft(ConversionsError):
    code = "no_pages_left"
    message = "All {pages:,} pages of the file were to be left out."
    suggestion = "Leave out fewer pages, or choose those to keep."
    retryable = False
    status = 422


class NoText(ConversionsError):
    code = "no_text"
    message = "There is no text in the file."
    suggestion = "Its pages may be pictures of text; convert them to a format of pictures."
    retryable = False
    status = 422


class OtherFileNeeded(ConversionsError):
    code = "other_file_needed"
    message = "The file needs another one, “{name}”, which did not come with it."
    suggestion = "Put what it needs into the file itself, or take the reference to it out."
    retryable = False
    status = 422


class NoSound(ConversionsError):
    code = "no_sound"
    message = "The film has no sound that {to} could hold."
    suggestion = "Choose a format of films, or another file."
    retryable = False
    status = 422


class NoSubtitles(ConversionsError):
    code = "no_subtitles"
    message = "The film has no such subtitles: it has {count}."
    suggestion = "Choose another of its subtitles, or another format."
    retryable = False
    status = 422


class StartTooLate(ConversionsError):
    code = "start_too_late"
    message = "It is {seconds:g} seconds long, and was to begin at {start:g}."
    suggestion = "Choose an earlier time."
    retryable = False
    status = 422


class CannotHold(ConversionsError):
    code = "cannot_hold"
    message = "{to} cannot hold what is in this file: {what}."
    suggestion = "Choose another format."
    retryable = False
    status = 422
