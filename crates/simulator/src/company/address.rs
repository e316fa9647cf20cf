use std::collections::HashMap;
use std::sync::Arc;

/// Hands out e-mail addresses, none of them twice.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    given_out: HashMap<String, u32>,
}

impl Addresses {
    /// `ana.garcia@…`, the next one `ana.garcia2@…`.
    pub(super) fn give(&mut self, mailbox: &str, domain: &str) -> Arc<str> {
        let wanted = format!("{mailbox}@{domain}");
        if let Some(times) = self.given_out.get_mut(&wanted) {
            *times += 1;
            return format!("{mailbox}{times}@{domain}").into();
        }
        let address = wanted.as_str().into();
        self.given_out.insert(wanted, 1);
        address
    }
}

/// The address that somebody had before the company changed its domains. As unique as the address itself.
pub(super) fn former(address: &str) -> Arc<str> {
    address.replacen('@', "@mail.", 1).into()
}

/// The address with the capitals that some directories write.
pub(super) fn with_capitals(address: &str) -> Arc<str> {
    let mut starts = true;
    let capitals = address.chars().map(|char| {
        let written = if starts { char.to_ascii_uppercase() } else { char };
        starts = !char.is_ascii_alphanumeric();
        written
    });
    capitals.collect::<String>().into()
}

/// A name in Latin script as it is written in an address: a-z and hyphens.
pub(super) fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for char in name.chars().flat_map(char::to_lowercase) {
        match char {
            'a'..='z' | '-' => folded.push(char),
            _ => folded.push_str(letters(char)),
        }
    }
    folded
}

/// What an address has for a letter; nothing for apostrophes, spaces and combining accents.
const fn letters(char: char) -> &'static str {
    match char {
        'æ' => "ae",
        'ä' | 'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' | 'ả' | 'ạ' | 'ấ' | 'ầ' | 'ẩ' | 'ẫ' | 'ậ' | 'ắ' | 'ằ'
        | 'ẳ' | 'ẵ' | 'ặ' => "a",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' | 'ẹ' | 'ẻ' | 'ẽ' | 'ế' | 'ề' | 'ể' | 'ễ' | 'ệ' => {
            "e"
        }
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' | 'ỉ' | 'ĩ' | 'ị' => "i",
        'ł' | 'ľ' | 'ĺ' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'œ' => "oe",
        'ö' | 'ø' | 'ò' | 'ó' | 'ô' | 'õ' | 'ō' | 'ő' | 'ỏ' | 'ọ' | 'ố' | 'ồ' | 'ổ' | 'ỗ' | 'ộ' | 'ơ' | 'ớ' | 'ờ'
        | 'ở' | 'ỡ' | 'ợ' => "o",
        'ř' | 'ŕ' => "r",
        'ś' | 'š' | 'ş' | 'ș' | 'ṣ' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'þ' => "th",
        'ü' | 'ù' | 'ú' | 'û' | 'ū' | 'ů' | 'ű' | 'ủ' | 'ũ' | 'ụ' | 'ư' | 'ứ' | 'ừ' | 'ử' | 'ữ' | 'ự' => {
            "u"
        }
        'ý' | 'ÿ' | 'ỳ' | 'ỷ' | 'ỹ' | 'ỵ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    }
}
